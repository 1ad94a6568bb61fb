/// A value somebody wants written, as the sender spelled it.
public enum CommandValue: Hashable, Sendable {
    case bool(Bool)
    case number(DecimalNumber)
    /// A number beyond exact decimals.
    case real(Double)
    case text(String)

    /// The same as a published value.
    public var pointValue: PointValue {
        switch self {
        case .bool(let value): .bool(value)
        case .number(let value): .decimal(value)
        case .real(let value): .double(value)
        case .text(let value): .text(value)
        }
    }
}

extension CommandValue: CustomStringConvertible {
    public var description: String { pointValue.description }
}

/// One point to be set.
public struct SetPoint: Hashable, Sendable {
    public var point: String
    public var value: CommandValue

    public init(point: String, value: CommandValue) {
        self.point = point
        self.value = value
    }
}

/// A set-point command outside a control session.
public struct Command: Hashable, Sendable {
    public var id: String
    public var device: String
    /// All are checked before the first is written; they are written in this order.
    public var setPoints: [SetPoint]
    public var expires: Timestamp?
    /// The broker delivered it from its store: nobody knows how old it is.
    public var retained: Bool

    public init(id: String, device: String, setPoints: [SetPoint], expires: Timestamp?, retained: Bool) {
        self.id = id
        self.device = device
        self.setPoints = setPoints
        self.expires = expires
        self.retained = retained
    }
}

/// How far a command has come; the last four are final. `written` is final where the profile asks for no read-back.
public enum CommandStage: UInt8, Sendable, CaseIterable {
    /// Checked, stored, and on its way to the bus.
    case received = 1
    /// The device confirmed the write.
    case written
    /// Read back, and equal.
    case confirmed
    /// Refused before anything was written.
    case rejected
    /// Attempted, and the device or the bus failed it.
    case failed
    /// The gateway died between storing the command and storing its result. It is never written again.
    case unknown

    public var name: String {
        switch self {
        case .received: "received"
        case .written: "written"
        case .confirmed: "confirmed"
        case .rejected: "rejected"
        case .failed: "failed"
        case .unknown: "unknown"
        }
    }
}

/// What is answered to a command on `cmd/{device}/result`.
public struct CommandResult: Hashable, Sendable {
    public var id: String
    public var device: String
    public var stage: CommandStage
    public var point: String?
    public var value: PointValue?
    /// A word a program can compare: `out_of_limits`, `expired`, `timeout`, …
    public var reason: String?
    /// A sentence for a person.
    public var detail: String?

    public init(
        id: String, device: String, stage: CommandStage, point: String? = nil, value: PointValue? = nil,
        reason: String? = nil, detail: String? = nil
    ) {
        self.id = id
        self.device = device
        self.stage = stage
        self.point = point
        self.value = value
        self.reason = reason
        self.detail = detail
    }

    /// The result as a row for the `event` stream.
    public func batch(time: Timestamp, clock: Timestamp.ClockQuality) -> EventBatch {
        var fields = [EventBatch.Field("id", .text(id)), EventBatch.Field("stage", .text(stage.name))]
        if let point { fields.append(EventBatch.Field("point", .text(point))) }
        if let value { fields.append(EventBatch.Field("value", value)) }
        if let reason { fields.append(EventBatch.Field("reason", .text(reason))) }
        if let detail { fields.append(EventBatch.Field("detail", .text(detail))) }
        return EventBatch(kind: .commandResult, device: device, time: time, clock: clock, fields: fields)
    }
}

extension CommandResult {
    /// The result in a row of the `event` stream; nil when it holds none.
    public init?(_ batch: EventBatch) {
        let fields = Dictionary(batch.fields.map { ($0.name, $0.value) }) { first, _ in first }
        func text(_ name: String) -> String? {
            if case .text(let text)? = fields[name] { text } else { nil }
        }
        guard batch.kind == .commandResult, let id = text("id"),
            let stage = text("stage").flatMap({ name in CommandStage.allCases.first { $0.name == name } })
        else { return nil }
        self.init(
            id: id, device: batch.device, stage: stage, point: text("point"), value: fields["value"],
            reason: text("reason"), detail: text("detail"))
    }
}
