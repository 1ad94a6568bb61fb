/// A command that can't be done, and what could be.
package struct ControlFault: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    /// As a control socket answers it.
    package var reply: JSON { .members(["ok": .bool(false), "error": .string(description)]) }
}
