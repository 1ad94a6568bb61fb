import FieldModel

/// Carries accepted writes out on the bus. Runs on the bus's thread, between two polls.
package struct CommandExecution: Sendable {
    package let command: Command
    package let writes: [PlannedWrite]

    package init(command: Command, writes: [PlannedWrite]) {
        self.command = command
        self.writes = writes
    }

    /// Writes, reads back, and tells each stage as it is reached; the last one told is final.
    ///
    /// `stillValid` is asked when the first write is about to leave: the command may have waited behind a transaction.
    package func run(on bus: any Bus, stillValid: () -> Verdict?, tell: (CommandResult) -> Void) {
        if case .refused(let refusal, _, let detail)? = stillValid() {
            return tell(result(.rejected, nil, reason: refusal.rawValue, detail: detail))
        }
        for write in writes {
            do throws(BusFault) {
                try bus.connect()
                try bus.write(write.request)
            } catch {
                return tell(result(.failed, write, reason: error.reason, detail: error.summary))
            }
        }
        tell(result(.written, single))
        let checked = writes.filter { $0.readBack != nil }
        guard !checked.isEmpty else { return }
        for write in checked {
            if let failure = readBack(write, on: bus) { return tell(failure) }
        }
        tell(result(.confirmed, single))
    }

    /// The stage `run` ends with when all goes well.
    package var finalStage: CommandStage { writes.contains { $0.readBack != nil } ? .confirmed : .written }

    private var single: PlannedWrite? { writes.count == 1 ? writes[0] : nil }

    private func readBack(_ write: PlannedWrite, on bus: any Bus) -> CommandResult? {
        guard let request = write.readBack else { return nil }
        var values = [UInt16](repeating: 0, count: Int(request.count))
        do throws(BusFault) {
            try bus.read(request, into: &values)
        } catch {
            return result(.failed, write, reason: error.reason, detail: "written, but not read back: \(error.summary)")
        }
        guard values == write.request.values else {
            return result(
                .failed, write, reason: "read_back_differs",
                detail: "wrote registers \(write.request.values), read \(values)")
        }
        return nil
    }

    private func result(
        _ stage: CommandStage, _ write: PlannedWrite?, reason: String? = nil, detail: String? = nil
    ) -> CommandResult {
        CommandResult(
            id: command.id, device: command.device, stage: stage, point: write?.point, value: write?.value,
            reason: reason, detail: detail)
    }
}

extension BusFault {
    /// The word for a result's `reason`.
    fileprivate var reason: String {
        switch self {
        case .timeout: "timeout"
        case .exception(let code): "exception_\(code)"
        case .disconnected: "disconnected"
        case .protocolViolation: "protocol"
        }
    }
}
