/// One attempt at something that blocks, on a thread of its own, so that a loop never waits for it.
package final class Attempt<Value: Sendable, Fault: Error>: Sendable {
    private let result = Monitor<Result<Value, Fault>?>(nil)

    /// `done` is called on that thread, once `outcome` is there.
    package init(
        name: String, done: @escaping @Sendable () -> Void, _ work: @escaping @Sendable () throws(Fault) -> Value
    ) throws(SystemError) {
        let result = self.result
        let thread = try OwnerThread(name: name) {
            let outcome: Result<Value, Fault>
            do throws(Fault) {
                outcome = .success(try work())
            } catch {
                outcome = .failure(error)
            }
            result.withLock { $0 = outcome }
            done()
        }
        thread.detach()
    }

    /// What came of it; nil before, and when it was taken.
    package func take() -> Result<Value, Fault>? {
        result.withLock { slot in
            defer { slot = nil }
            return slot
        }
    }
}
