import FieldModel
import SQLite

extension SpoolEngine {
    /// The consumer whose cursor is what the receiver of usage records has acknowledged.
    static let receiver = SpoolWork.Settlement(consumer: "receiver", stream: .usage)

    /// The newest records stay whatever happens: by them the chain goes on.
    private static let newestKept: UInt64 = 2048

    /// Drops what is old enough, and, beyond the limit, what the receiver has.
    func retainUsage(_ outcome: inout SpoolOutcome) throws(DatabaseError) {
        let table = table(.usage)
        let last = UInt64(table.counts.last)
        guard last > Self.newestKept else { return }
        let newest = last - Self.newestKept
        let acknowledged = min(cursor(Self.receiver), newest)
        while table.counts.bytes > settings.usageBytes {
            guard let oldest = try table.oldest(), oldest.sequence <= acknowledged else {
                outcome.usageIsOverfull = true
                break
            }
            let some = Int(max(1, table.counts.rows / 64))
            let wanted = try table.oldest(offset: some - 1)?.sequence ?? oldest.sequence
            try drop(from: oldest.sequence, through: min(wanted, acknowledged), "size", &outcome)
        }
        guard time.clockQuality() != .unsynced else { return }
        let limit = time.utc().microseconds - settings.usageAge.wholeNanoseconds / 1000
        while let oldest = try table.oldest(), oldest.at.microseconds < limit, oldest.sequence <= newest {
            let later = try table.oldest(offset: 999).flatMap { $0.at.microseconds < limit ? $0.sequence : nil }
            try drop(from: oldest.sequence, through: min(later ?? oldest.sequence, newest), "age", &outcome)
        }
    }

    private func drop(
        from: UInt64, through: UInt64, _ cause: String, _ outcome: inout SpoolOutcome
    ) throws(DatabaseError) {
        let count = try table(.usage).drop(through: through)
        outcome.usageDrops.append(SpoolOutcome.Drop(count: count, from: from, through: through, cause: cause))
    }
}
