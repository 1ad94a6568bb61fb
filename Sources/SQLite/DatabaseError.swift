import CSQLite

/// What SQLite said, with its words.
package struct DatabaseError: Error, CustomStringConvertible {
    package var code: Int32
    package var message: String

    package init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// The file is damaged, or is no database at all.
    package var isCorruption: Bool { code & 0xFF == SQLITE_CORRUPT || code & 0xFF == SQLITE_NOTADB }

    /// A unique key, a check or a trigger refused the change.
    package var isRefusal: Bool { code & 0xFF == SQLITE_CONSTRAINT }

    /// Another process writes, and went on writing for longer than was waited.
    package var isBusy: Bool { code & 0xFF == SQLITE_BUSY }
}
