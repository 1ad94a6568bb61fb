/// Carries what one thread alone will use from then on over to it.
///
/// `@unchecked Sendable`: taken exactly once, by the thread that owns it afterwards.
package final class Handoff<Content>: @unchecked Sendable {
    private var content: Content?

    package init(_ content: Content) {
        self.content = content
    }

    package func take() -> Content {
        defer { content = nil }
        guard let content else { preconditionFailure("handed over twice") }
        return content
    }
}
