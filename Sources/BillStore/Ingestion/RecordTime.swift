import FieldModel
import UsageWire

/// When a record happened, as far as its stamps can be believed: a clock may never have been set, or have jumped.
struct RecordTime: Hashable {
    /// The period of `at` is the record's.
    var at: Timestamp
    var doubt: Doubt?

    enum Doubt: String {
        /// Put right by the boot clock and a record of the same boot whose wall clock was right.
        case corrected
        /// Nothing to put it right by: it counts when it was received.
        case unplaced
    }

    /// What is known when the record comes.
    struct Surroundings {
        /// Wall clock less boot clock of this boot, from a record whose clock was synchronised.
        var ahead: Int64?
        /// The latest believed close in the chain.
        var closed: Timestamp
        var received: Timestamp
    }

    /// Before the first gateway ran, and so never.
    static let earliest = Timestamp(microseconds: 1_704_067_200_000_000)
    private static let day: Int64 = 86_400_000_000

    init(_ times: UsageTimes, _ known: Surroundings) {
        let length = max(0, times.close.microseconds - times.open.microseconds)
        if let ahead = known.ahead {
            let right = ahead &+ times.monotonic
            let error = times.close.microseconds - right
            if times.clock != .unsynced, error.magnitude <= Self.day.magnitude {
                self.init(at: times.open)
            } else {
                self.init(at: Timestamp(microseconds: right - min(length, Self.day * 31)), doubt: .corrected)
            }
        } else if times.clock != .unsynced, Self.isCredible(times, known) {
            self.init(at: times.open)
        } else {
            self.init(at: known.received, doubt: .unplaced)
        }
    }

    init(at: Timestamp, doubt: Doubt? = nil) {
        self.at = at
        self.doubt = doubt
    }

    /// For a person.
    var remark: String {
        switch doubt {
        case nil: "it was taken as it stands"
        case .corrected: "by the boot clock it was \(at.iso8601)"
        case .unplaced: "it counts when it was received, \(at.iso8601)"
        }
    }

    /// Neither before there were gateways, nor after its own receipt, nor long before the record before it.
    static func isCredible(_ times: UsageTimes, _ known: Surroundings) -> Bool {
        times.open >= earliest && times.close.microseconds <= known.received.microseconds + day
            && times.open.microseconds >= known.closed.microseconds - 2 * day
    }
}
