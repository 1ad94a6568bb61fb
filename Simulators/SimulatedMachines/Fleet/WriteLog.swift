import SimulatorKit

/// The writes a fleet received and nobody has asked for yet, oldest first.
package final class WriteLog {
    package struct Entry: Equatable, Sendable {
        package let device: Int
        package let value: UInt16
        /// Nanoseconds of CLOCK_BOOTTIME.
        package let at: Int64

        var json: JSON {
            .members(["device": .integer(Int64(device)), "value": .integer(Int64(value)), "t_ns": .integer(at)])
        }
    }

    /// Entries kept; later ones are counted, not kept.
    package static let limit = 100_000

    package private(set) var entries: [Entry] = []
    /// Writes that found the log full since it was last taken.
    package private(set) var dropped: Int64 = 0

    package init() { entries.reserveCapacity(4_096) }

    func append(_ entry: Entry) {
        if entries.count < Self.limit {
            entries.append(entry)
        } else {
            dropped += 1
        }
    }

    func clear() {
        entries.removeAll(keepingCapacity: true)
        dropped = 0
    }
}
