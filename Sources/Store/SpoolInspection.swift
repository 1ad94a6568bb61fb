import CSystem
import FieldModel
import SQLite

/// Looks into a spool that no gateway has open.
package enum SpoolInspection {
    /// Reads the counts, and changes nothing.
    package static func state(of settings: SpoolSettings) throws(SpoolFault) -> SpoolState {
        guard access(settings.databasePath, F_OK) == 0 else {
            guard fg_errno() == ENOENT else {
                throw .unavailable("the spool in \(settings.directory) may not be read by this user; use the gateway's")
            }
            throw .unavailable("there is no spool in \(settings.directory) yet: it is made when the gateway first runs")
        }
        do throws(DatabaseError) {
            let database = try Database.open(settings.databasePath, .read)
            var streams: [StreamState] = []
            for stream in Stream.allCases {
                if let state = try state(of: stream, database) { streams.append(state) }
            }
            return SpoolState(
                epoch: UInt32(clamping: try database.integer("SELECT value FROM about WHERE key = 'epoch'")),
                streams: streams, pending: 0,
                deadLetters: Int(try database.integer("SELECT count(*) FROM dead_letter")), alarm: nil)
        } catch {
            throw error.isCorruption
                ? .corrupt(
                    "the spool in \(settings.directory) is damaged: \(error.message); the next run sets it aside")
                : .unavailable("the spool in \(settings.directory) cannot be read: \(error.message)")
        }
    }

    private static func state(of stream: Stream, _ database: borrowing Database) throws(DatabaseError) -> StreamState? {
        let counts = try database.prepare("SELECT last, rows, bytes, dropped FROM stream WHERE stream = ?1")
        counts.bind(1, Int64(stream.rawValue))
        // A spool of an earlier version has fewer streams.
        guard try counts.step() else { return nil }
        let oldest = try database.integer("SELECT at FROM \(stream.name) ORDER BY seq LIMIT 1")
        let settled = try database.integer("SELECT min(settled) FROM cursor WHERE stream = \(stream.rawValue)")
        return StreamState(
            stream: stream, last: UInt64(counts.integer(0)), settled: UInt64(settled), rows: Int(counts.integer(1)),
            bytes: Int(counts.integer(2)), dropped: UInt64(counts.integer(3)),
            oldest: oldest > 0 ? Timestamp(microseconds: oldest) : nil)
    }
}
