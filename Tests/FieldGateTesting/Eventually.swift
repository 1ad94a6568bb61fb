/// Waits until `condition` holds, for things that happen on another thread. Gives up after `limit`, and throws.
public func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try !condition() {
        guard clock.now < deadline else { throw NeverHappened(what: what, limit: limit) }
        try await Task.sleep(for: .milliseconds(1))
    }
}

/// What a test waited for in vain.
public struct NeverHappened: Error, CustomStringConvertible {
    public var what: String
    public var limit: Duration

    public var description: String { "it never came about within \(limit): \(what)" }
}
