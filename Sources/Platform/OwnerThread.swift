import CSystem

/// A thread that owns something blocking: a bus, a database, a socket.
///
/// `@unchecked Sendable`: `thread` is written once before the object is shared, and joined once.
package final class OwnerThread: @unchecked Sendable {
    /// Asked for, not demanded: without the right to it the thread runs as any other.
    package enum Priority: Sendable, Hashable {
        case normal
        case fifo(Int32)
    }

    private final class Start {
        let name: String
        let priority: Priority
        let body: @Sendable () -> Void

        init(name: String, priority: Priority, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.priority = priority
            self.body = body
        }
    }

    private var thread = pthread_t()
    private let finished = Flag()

    /// Small stacks: a site has a thread for each bus.
    private static let stackBytes = 256 * 1024

    /// Starts at once; end it with `join` or `detach`, once. The kernel keeps 15 bytes of the name.
    package init(
        name: String, priority: Priority = .normal, body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let finished = self.finished
        let start = Start(name: String(decoding: name.utf8.prefix(15), as: UTF8.self), priority: priority) {
            body()
            finished.store(true)
        }
        let context = Unmanaged.passRetained(start)
        let status = fg_thread_start(&thread, Self.stackBytes, Self.entry, context.toOpaque())
        guard status == 0 else {
            context.release()
            throw SystemError(code: -status)
        }
    }

    /// The body has returned.
    package var isFinished: Bool { finished.load() }

    /// Waits for the body to return. Once only.
    package func join() {
        pthread_join(thread, nil)
    }

    /// Nobody will wait for it.
    package func detach() {
        pthread_detach(thread)
    }

    private static let entry: @convention(c) @Sendable (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        context in
        guard let context else { return nil }
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        _ = fg_thread_name(start.name)
        if case .fifo(let priority) = start.priority { _ = fg_thread_fifo(priority) }
        _ = fg_thread_timer_slack(1)
        start.body()
        return nil
    }
}
