import CSystem
import FieldModel

/// State shared between threads, and a way to wait for it to change.
///
/// `@unchecked Sendable`: `state` is touched only between lock and unlock. No C call that blocks is made inside.
package final class Monitor<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    package init(_ state: State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        fg_mutex_init(mutex)
        fg_condition_init(condition)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    package func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Changes the state, and wakes the waiters when `body` says so.
    package func signal(_ body: (inout State) -> Bool) {
        pthread_mutex_lock(mutex)
        let wake = body(&state)
        pthread_mutex_unlock(mutex)
        if wake { pthread_cond_broadcast(condition) }
    }

    /// Asks `decide`, under the lock, until it is done: now, whenever the state was signalled, and when the pause it
    /// asked for is over.
    package func wait<Result>(_ decide: (inout State) -> Wait<Result>) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            switch decide(&state) {
            case .done(let result): return result
            case .pause(let limit):
                fg_condition_wait(condition, mutex, min(max(limit.wholeNanoseconds, 0), Self.longestPause))
            }
        }
    }

    private static var longestPause: Int64 { 3_600_000_000_000 }
}

/// What a waiter decides when it looks at the state.
package enum Wait<Result> {
    case done(Result)
    case pause(Duration)
}
