/// Why the store could not do it, for a person.
package enum StoreFault: Error, Hashable, Sendable {
    /// It cannot be opened or reached, or it refuses to write: nothing was changed.
    case unavailable(String)
    /// What is there already forbids it: a unique key, a check, an issued invoice.
    case refused(String)
    /// What is there cannot be read: it is no store of fieldbill, of another version, or damaged.
    case foreign(String)

    package var text: String {
        switch self {
        case .unavailable(let text), .refused(let text), .foreign(let text): text
        }
    }
}
