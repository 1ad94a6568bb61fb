import Control
import FieldModel

extension Transition {
    /// As the audit trail keeps it.
    package var fields: [EventBatch.Field] {
        var fields: [EventBatch.Field] = [
            .init("from", .text(from.name)), .init("to", .text(to.name)), .init("cause", .text(cause.name)),
            .init("session", .integer(Int64(session))), .init("lease_epoch", .integer(Int64(clamping: epoch))),
            .init("stop", .integer(Int64(stop))),
        ]
        if let holder { fields.append(.init("operator", .text(holder))) }
        if let by { fields.append(.init("by", .text(by))) }
        if let detail { fields.append(.init("detail", .text(detail))) }
        if age != StateFrame.unknownAge { fields.append(.init("age_us", .integer(Int64(age)))) }
        fields += [
            .init("rtt_p99_us", .integer(Int64(roundTripP99))), .init("loss_permille", .integer(Int64(loss))),
            .init("commanded", .text(Self.text(commanded))), .init("written", .text(Self.text(written))),
            .init("read_back", .text(Self.text(readBack))),
        ]
        return fields
    }

    private static func text(_ axes: AxisValues) -> String {
        (0..<8).map { String(axes[$0]) }.joined(separator: " ")
    }
}

extension ClaimRefusal {
    /// For a person, where the session knows no better.
    package var sentence: String {
        switch self {
        case .held: "somebody else has the machine"
        case .locked: "the machine is locked: a supervisor, or the local key, lets it go"
        case .roleForbids: "the role on the roster does not allow it"
        case .outdated: "somebody was granted the machine in between: ask again"
        case .notConfirmed: "the machine has not confirmed neutral and standstill"
        case .localOperator: "a local operator has the machine"
        case .emergencyStop: "the machine's emergency stop is pressed"
        case .machineWatchdog: "the machine's own watchdog is off, too slow, or fed by reads"
        case .interlock: "a condition of the machine does not hold"
        case .notStored: "the gateway's disk takes nothing"
        case .slowEcho: "the round trip is too long to drive"
        case .armRefused: "the machine does not accept to be armed"
        case .deviceLost: "the machine cannot be reached: no answer in time"
        case .expired: "the claim was not completed in time"
        case .closing: "the gateway is stopping"
        case .stopped: "a stop came first"
        }
    }
}
