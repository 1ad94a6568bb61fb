import Synchronization

/// A boolean that threads share.
package final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    package init() {}

    package func load() -> Bool { value.load(ordering: .acquiring) }
    package func store(_ new: Bool) { value.store(new, ordering: .releasing) }
}

/// A number that threads count up together.
package final class Counter: Sendable {
    private let value = Atomic<Int64>(0)

    package init() {}

    package func load() -> Int64 { value.load(ordering: .relaxed) }
    package func store(_ new: Int64) { value.store(new, ordering: .relaxed) }
    package func add(_ amount: Int64 = 1) { value.wrappingAdd(amount, ordering: .relaxed) }
}
