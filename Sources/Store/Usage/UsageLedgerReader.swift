import CSystem
import FieldModel
import SQLite
import Signing

/// Reads the usage ledger of a spool, also while a gateway has it open; changes nothing.
package final class UsageLedgerReader {
    private let database: Database
    package let epoch: UInt32

    package init(_ settings: SpoolSettings) throws(SpoolFault) {
        let database = try Self.open(settings)
        epoch = UInt32(clamping: (try? database.integer("SELECT value FROM about WHERE key = 'epoch'")) ?? 0)
        self.database = database
    }

    private static func open(_ settings: SpoolSettings) throws(SpoolFault) -> Database {
        guard access(settings.databasePath, F_OK) == 0 else {
            guard fg_errno() == ENOENT else {
                throw .unavailable("the spool in \(settings.directory) may not be read by this user; use the gateway's")
            }
            throw .unavailable("there is no spool in \(settings.directory) yet: it is made when the gateway first runs")
        }
        do throws(DatabaseError) {
            return try Database.open(settings.databasePath, .read)
        } catch {
            throw .unavailable("the spool in \(settings.directory) cannot be read: \(error.message)")
        }
    }

    /// Rows above `sequence`, oldest first, a page at a time; empty behind the last.
    package func rows(after sequence: UInt64, limit: Int = 500) throws(SpoolFault) -> [SpoolRow] {
        do throws(DatabaseError) {
            let statement = try database.prepare("SELECT seq, body FROM usage WHERE seq > ?1 ORDER BY seq LIMIT ?2")
            statement.bind(1, Int64(clamping: sequence))
            statement.bind(2, Int64(limit))
            var rows: [SpoolRow] = []
            while try statement.step() {
                let identity = RowIdentity(epoch: epoch, stream: .usage, sequence: UInt64(statement.integer(0)))
                rows.append(SpoolRow(identity: identity, body: statement.bytes(1)))
            }
            return rows
        } catch {
            throw error.isCorruption
                ? .corrupt("the usage records cannot be read on: \(error.message)")
                : .unavailable("the usage records cannot be read: \(error.message)")
        }
    }

    /// The keys that sign, or signed, this ledger; empty where this user may not read them.
    package static func verifyingKeys(_ settings: SpoolSettings) -> [VerifyingKey] {
        UsageKeyFile(settings).verifyingKeys()
    }

    /// Up to where a receiver has acknowledged them.
    package func acknowledged() -> UInt64 {
        let sql = "SELECT settled FROM cursor WHERE consumer = 'receiver' AND stream = \(Stream.usage.rawValue)"
        return UInt64((try? database.integer(sql)) ?? 0)
    }
}
