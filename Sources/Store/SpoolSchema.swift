import FieldModel
import SQLite

/// The spool's tables. A migration, once released, is never edited: later versions append to the list.
enum SpoolSchema {
    static let migrations: [String] = [
        """
        CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE stream (
            stream INTEGER PRIMARY KEY,
            last INTEGER NOT NULL DEFAULT 0 CHECK (last >= 0),
            rows INTEGER NOT NULL DEFAULT 0 CHECK (rows >= 0),
            bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
            dropped INTEGER NOT NULL DEFAULT 0 CHECK (dropped >= 0)
        ) STRICT;
        CREATE TABLE cursor (
            consumer TEXT NOT NULL,
            stream INTEGER NOT NULL REFERENCES stream,
            settled INTEGER NOT NULL CHECK (settled >= 0),
            PRIMARY KEY (consumer, stream)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE layout (number INTEGER PRIMARY KEY, body BLOB NOT NULL UNIQUE) STRICT;
        CREATE TABLE dead_letter (
            stream INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,
            body BLOB NOT NULL, PRIMARY KEY (stream, seq)
        ) STRICT;
        """
            + [Stream.telemetry, .event, .usage, .audit].map(table).joined(),
        table(of: .link),
    ]

    private static func table(of stream: Stream) -> String {
        """
        INSERT INTO stream (stream) VALUES (\(stream.rawValue));
        CREATE TABLE \(stream.name) (
            seq INTEGER PRIMARY KEY CHECK (seq > 0), at INTEGER NOT NULL, body BLOB NOT NULL
        ) STRICT;
        """
    }

    /// Marks the file as FieldGate's: "FGsp".
    static let applicationID: Int64 = 0x4647_7370

    /// Brings the file to the newest version, in one transaction each.
    static func migrate(_ database: borrowing Database) throws(DatabaseError) {
        let version = Int(try database.integer("PRAGMA user_version"))
        guard version <= migrations.count else {
            throw DatabaseError(
                code: 1,
                message: "the spool was written by a newer FieldGate (version \(version) of its tables, "
                    + "this one knows \(migrations.count)): install that one again, or empty the spool with it")
        }
        for next in version..<migrations.count {
            try database.execute("BEGIN IMMEDIATE;")
            do throws(DatabaseError) {
                try database.execute(migrations[next])
                try database.execute(
                    "PRAGMA user_version = \(next + 1); PRAGMA application_id = \(applicationID); COMMIT;")
            } catch {
                try? database.execute("ROLLBACK;")
                throw error
            }
        }
    }
}
