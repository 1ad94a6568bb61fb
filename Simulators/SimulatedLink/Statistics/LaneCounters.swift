import SimulatorKit

/// Packets and their IP bytes.
package struct Tally: Equatable, Sendable {
    package var packets = 0
    package var bytes = 0

    package init() {}

    mutating func add(_ bytes: Int) {
        packets += 1
        self.bytes += bytes
    }

    var json: JSON { .members(["packets": .integer(Int64(packets)), "bytes": .integer(Int64(bytes))]) }
}

/// How a packet ended.
enum Outcome: Int, CaseIterable {
    case delivered, lost, queueFull, outage, dead, noSession, overload, refused

    var name: String {
        switch self {
        case .delivered: "delivered"
        case .lost: "lost"
        case .queueFull: "queue_full"
        case .outage: "outage"
        case .dead: "dead"
        case .noSession: "no_session"
        case .overload: "overload"
        case .refused: "refused"
        }
    }
}

/// What one direction of a path has carried. Offered and duplicated together are the outcomes and what is under way.
struct LaneCounters {
    var offered = Tally()
    /// Taken by the modem: offered while there was a session.
    var taken = Tally()
    var duplicated = Tally()
    var reordered = Tally()
    var outcomes = [Tally](repeating: Tally(), count: Outcome.allCases.count)
    var deepest = 0
    var queueDelay = Histogram()
    var releaseError = Histogram()

    func tally(_ outcome: Outcome) -> Tally { outcomes[outcome.rawValue] }

    func json(queued: Int, underWay: Int) -> JSON {
        var members: [JSON.Member] = [JSON.Member(name: "offered", value: offered.json)]
        for outcome in Outcome.allCases {
            members.append(JSON.Member(name: outcome.name, value: tally(outcome).json))
        }
        members += [
            JSON.Member(name: "duplicated", value: duplicated.json),
            JSON.Member(name: "reordered", value: reordered.json),
            JSON.Member(name: "under_way", value: .integer(Int64(underWay))),
            JSON.Member(
                name: "queue_bytes",
                value: .members(["now": .integer(Int64(queued)), "max": .integer(Int64(deepest))])),
            JSON.Member(name: "queue_delay", value: queueDelay.json),
            JSON.Member(name: "release_error", value: releaseError.json),
        ]
        return .object(members)
    }
}
