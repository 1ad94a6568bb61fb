import FieldModel

/// Why a command was refused before anything was written.
package enum Refusal: String, Sendable, CaseIterable {
    case malformed
    case unknownDevice = "unknown_device"
    case unknownPoint = "unknown_point"
    case notWritable = "not_writable"
    case wrongType = "wrong_type"
    case outOfLimits = "out_of_limits"
    case expired
    case clockUnsynced = "clock_unsynced"
    case retained
    case busy
    case notStored = "not_stored"
    /// Only a control session writes it.
    case controlOnly = "control_only"
}

/// A set-point as the registers that bring it about.
package struct PlannedWrite: Sendable {
    package var point: String
    package var request: WriteRequest
    /// What is read again afterwards; nil when the profile asks for no read-back.
    package var readBack: ReadRequest?
    /// What the registers mean, for the result.
    package var value: PointValue

    package init(point: String, request: WriteRequest, readBack: ReadRequest?, value: PointValue) {
        self.point = point
        self.request = request
        self.readBack = readBack
        self.value = value
    }
}

/// What the gate says to a command.
package enum Verdict: Sendable {
    case accepted([PlannedWrite])
    case refused(Refusal, point: String?, detail: String)
}

/// Judges set-point commands for one device. Pure: time and clock are arguments.
package struct CommandGate: Sendable {
    private let unit: UInt8
    private let map: RegisterMap
    /// Few of a device's points can be written; the others are looked for only to say so.
    private let writable: [String: Point]
    private let controlled: Set<String>

    package init(unit: UInt8, map: RegisterMap) {
        self.unit = unit
        self.map = map
        controlled = Set(map.control?.writtenPoints ?? [])
        writable = Dictionary(uniqueKeysWithValues: map.points.filter { $0.write != nil }.map { ($0.id, $0) })
    }

    package func judge(_ command: Command, at utc: Timestamp, clock: Timestamp.ClockQuality) -> Verdict {
        if command.retained {
            return .refused(
                .retained, point: nil, detail: "the message came from the broker's store; publish it without RETAIN")
        }
        if let refusal = Self.expiry(of: command, at: utc, clock: clock) { return refusal }
        var writes: [PlannedWrite] = []
        for setPoint in command.setPoints {
            switch plan(setPoint) {
            case .success(let write): writes.append(write)
            case .failure(let refused): return .refused(refused.refusal, point: setPoint.point, detail: refused.detail)
            }
        }
        return .accepted(writes)
    }

    /// Judged on arrival, and again when the write leaves for the bus.
    package static func expiry(
        of command: Command, at utc: Timestamp, clock: Timestamp.ClockQuality
    ) -> Verdict? {
        guard let expires = command.expires else { return nil }
        if clock == .unsynced {
            return .refused(
                .clockUnsynced, point: nil,
                detail: "the gateway's clock is not set, so nobody can say whether the command is still valid")
        }
        guard utc <= expires else {
            return .refused(.expired, point: nil, detail: "expired at \(expires.iso8601), it is \(utc.iso8601)")
        }
        return nil
    }

    private struct Refused: Error {
        var refusal: Refusal
        var detail: String
    }

    private func plan(_ setPoint: SetPoint) -> Result<PlannedWrite, Refused> {
        guard let point = writable[setPoint.point], let rule = point.write else {
            return .failure(
                map.points.contains { $0.id == setPoint.point }
                    ? Refused(refusal: .notWritable, detail: "the profile makes '\(setPoint.point)' read-only")
                    : Refused(refusal: .unknownPoint, detail: "the device has no point '\(setPoint.point)'"))
        }
        guard !controlled.contains(point.id) else {
            return .failure(
                Refused(refusal: .controlOnly, detail: "only a control session writes '\(point.id)'"))
        }
        if let detail = Self.violation(of: rule, by: setPoint.value, unit: point.unit) {
            return .failure(Refused(refusal: .outOfLimits, detail: detail))
        }
        do throws(EncodingFault) {
            let registers = try RegisterEncoder(point).encode(setPoint.value)
            let write = write(point, registers, rule)
            // The nearest step of the device may lie beyond the limit.
            if case .decimal(let rounded) = write.value,
                let detail = Self.violation(of: rule, by: .number(rounded), unit: point.unit)
            {
                let detail = "\(setPoint.value) becomes \(rounded), and \(detail)"
                return .failure(Refused(refusal: .outOfLimits, detail: detail))
            }
            return .success(write)
        } catch {
            switch error {
            case .wrongKind(let expected):
                return .failure(Refused(refusal: .wrongType, detail: "'\(point.id)' takes \(expected)"))
            case .outOfRange(let detail): return .failure(Refused(refusal: .outOfLimits, detail: detail))
            }
        }
    }

    private func write(_ point: Point, _ registers: [UInt16], _ rule: WriteRule) -> PlannedWrite {
        let address = UInt16(point.address)
        let decoded = registers.withUnsafeBufferPointer { RegisterDecoder(point).decode($0) }
        let value: PointValue = if case .good(let value) = decoded { value } else { .text("") }
        return PlannedWrite(
            point: point.id,
            request: WriteRequest(unit: unit, table: point.table, address: address, values: registers),
            readBack: rule.readBack
                ? ReadRequest(unit: unit, table: point.table, address: address, count: UInt16(registers.count)) : nil,
            value: value)
    }

    private static func violation(of rule: WriteRule, by value: CommandValue, unit: String?) -> String? {
        let number: DecimalNumber
        switch value {
        case .number(let exact): number = exact
        case .real(let real):
            if let minimum = rule.minimum, real < minimum.double { return "\(real) is below the least, \(minimum)" }
            if let maximum = rule.maximum, real > maximum.double { return "\(real) is above the most, \(maximum)" }
            return nil
        case .bool, .text: return nil
        }
        let unit = unit.map { " \($0)" } ?? ""
        if let minimum = rule.minimum, number < minimum { return "\(number) is below the least, \(minimum)\(unit)" }
        if let maximum = rule.maximum, number > maximum { return "\(number) is above the most, \(maximum)\(unit)" }
        return nil
    }
}
