import Control
import FieldModel
import Logging
import MQTTLink
import ModbusLink
import Platform
import Telemetry

/// Takes commands from the uplink, has them judged, remembered and carried out, and tells each stage.
///
/// No step waits for another thread: the message's thread judges, the journal's stores, the bus's writes.
final class CommandDesk: Sendable {
    private let site: SiteSettings
    private let gates: [String: CommandGate]
    private let field: Field
    private let journal: any CommandJournal
    private let spool: any Spool
    private let live: LiveState
    private let time: any TimeSource
    private let logger: Logger
    private let closing = Flag()
    private static let isClosing = "the gateway is stopping"

    init(
        _ site: SiteSettings, field: Field, journal: any CommandJournal, spool: any Spool, live: LiveState,
        time: any TimeSource, logger: Logger
    ) {
        self.site = site
        self.field = field
        self.journal = journal
        self.spool = spool
        self.live = live
        self.time = time
        self.logger = logger
        gates = Dictionary(
            uniqueKeysWithValues: site.devices.map { ($0.id, CommandGate(unit: $0.unit, map: $0.map)) })
    }

    /// Commands that a former life left without a result get their answer now.
    func answerOrphans() throws(SpoolFault) {
        for orphan in try journal.orphans() { tell(orphan) }
    }

    /// One message of a command topic.
    func receive(_ payload: [UInt8], device: String, retained: Bool) {
        live.commands.add()
        let command: Command
        do throws(CommandFault) {
            command = try payload.withUnsafeBufferPointer { bytes throws(CommandFault) in
                try CommandParser.parse(bytes, device: device, retained: retained)
            }
        } catch {
            return tell(
                CommandResult(
                    id: error.id ?? "", device: device, stage: .rejected, reason: Refusal.malformed.rawValue,
                    detail: error.detail))
        }
        guard let gate = gates[device] else {
            return tell(
                CommandResult(
                    id: command.id, device: device, stage: .rejected, reason: Refusal.unknownDevice.rawValue,
                    detail: "the gateway has no device '\(device)'"))
        }
        let received = time.utc()
        let verdict = gate.judge(command, at: received, clock: time.clockQuality())
        switch verdict {
        case .refused(.retained, _, let detail):
            // The broker hands it out at every connection: it is answered, and not worth remembering.
            tell(Self.rejected(command, .retained, nil, detail))
        case .refused(let refusal, let point, let detail):
            let rejection = Self.rejected(command, refusal, point, detail)
            journal.admit(id: command.id, device: device, at: received, verdict: rejection) { [self] admission in
                if case .known(let first) = admission { tell(first) } else { tell(rejection) }
            }
        case .accepted(let writes):
            let execution = CommandExecution(command: command, writes: writes)
            journal.admit(id: command.id, device: device, at: received, verdict: nil) { [self] admission in
                admitted(execution, admission)
            }
        }
    }

    /// On the journal's thread, after the commit.
    private func admitted(_ execution: CommandExecution, _ admission: Admission) {
        let command = execution.command
        switch admission {
        case .known(let first): tell(first)
        case .unavailable(let reason):
            tell(
                Self.rejected(
                    command, .notStored, nil, "the command could not be stored, so it is not written: \(reason)"))
        case .new:
            // Accepted first, so that it is numbered before what follows; committed last, so that the write does not
            // wait for it.
            append(CommandResult(id: command.id, device: command.device, stage: .received), mayWait: true)
            let bus = site.devices.first { $0.id == command.device }?.bus ?? ""
            let posted =
                field.threads[bus]?.post(.command) { [self] bus in
                    execution.run(on: bus, stillValid: { [self] in stillValid(command) }) { [self] result in
                        told(result, of: execution)
                    }
                } ?? false
            if posted { return spool.flush() }
            let reason =
                closing.load() ? Self.isClosing : "\(BusThread.laneLimit) commands wait for this bus already"
            conclude(Self.rejected(command, .busy, nil, reason))
        }
    }

    /// From now on commands that still wait for their bus are refused: the gateway is about to stop.
    func close() {
        closing.store(true)
    }

    private func stillValid(_ command: Command) -> Verdict? {
        if closing.load() { return .refused(.busy, point: nil, detail: Self.isClosing) }
        return CommandGate.expiry(of: command, at: time.utc(), clock: time.clockQuality())
    }

    /// On the bus's thread: the final stage is remembered before it is told.
    private func told(_ result: CommandResult, of execution: CommandExecution) {
        let isFinal = result.stage != .written || execution.finalStage == .written
        if isFinal { conclude(result) } else { tell(result) }
    }

    private func conclude(_ result: CommandResult) {
        journal.record(result) { [self] admission in
            if case .unavailable(let reason) = admission {
                logger.error(
                    "a command's result could not be stored; after a restart it counts as unknown",
                    metadata: ["device": "\(result.device)", "id": "\(result.id)", "reason": "\(reason)"])
            }
            tell(result)
        }
    }

    private func tell(_ result: CommandResult) {
        append(result, mayWait: false)
        logger.info(
            "command \(result.stage.name)",
            metadata: [
                "device": "\(result.device)", "id": "\(result.id)", "point": "\(result.point ?? "-")",
                "reason": "\(result.reason ?? "-")",
            ])
    }

    private func append(_ result: CommandResult, mayWait: Bool) {
        let batch = result.batch(time: time.utc(), clock: time.clockQuality())
        spool.append(RowCodec.encode(batch), to: .event, mayWait: mayWait)
    }

    private static func rejected(
        _ command: Command, _ refusal: Refusal, _ point: String?, _ detail: String
    ) -> CommandResult {
        CommandResult(
            id: command.id, device: command.device, stage: .rejected, point: point, reason: refusal.rawValue,
            detail: detail)
    }
}
