/// An input device that cannot be had: which one, why, and what to do about it.
public struct InputFault: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    init(_ description: String) {
        self.description = description
    }
}
