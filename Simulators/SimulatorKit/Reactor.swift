import CSystem
import Glibc

/// Something that waits on a descriptor.
package protocol EventHandler: AnyObject {
    /// Called on the reactor's thread with the epoll events that are there.
    func ready(_ events: UInt32)
}

/// What a simulator waits for, all on one thread: descriptors and deadlines.
///
/// A reactor belongs to the thread that made it; neither it nor its handlers are `Sendable`.
package final class Reactor {
    package static let readable: UInt32 = EPOLLIN.rawValue
    package static let writable: UInt32 = EPOLLOUT.rawValue

    private struct Deadline {
        let at: Int64
        let action: () -> Void
    }

    private static let batch = 64

    private let epoll: Int32
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: batch)
    private var handlers: [(any EventHandler)?] = []
    private var deadlines: [Deadline] = []
    private var stopped = false

    package init() throws(SystemFault) {
        epoll = try SystemFault.check(fg_epoll_create(), "epoll_create")
    }

    deinit {
        close(epoll)
        events.deallocate()
    }

    /// Nanoseconds of CLOCK_BOOTTIME.
    package static var now: Int64 { fg_boottime_ns() }

    package func add(_ fd: Int32, _ handler: any EventHandler, for interest: UInt32 = readable) throws(SystemFault) {
        while handlers.count <= Int(fd) { handlers.append(nil) }
        _ = try SystemFault.check(fg_epoll_control(epoll, EPOLL_CTL_ADD, fd, interest), "epoll_ctl")
        handlers[Int(fd)] = handler
    }

    package func change(_ fd: Int32, to interest: UInt32) {
        _ = fg_epoll_control(epoll, EPOLL_CTL_MOD, fd, interest)
    }

    /// Forgets the descriptor and closes it.
    package func removeAndClose(_ fd: Int32) {
        guard handlers.indices.contains(Int(fd)), handlers[Int(fd)] != nil else { return }
        handlers[Int(fd)] = nil
        _ = fg_epoll_control(epoll, EPOLL_CTL_DEL, fd, 0)
        close(fd)
    }

    /// Runs `action` once `delay` nanoseconds from now have passed; actions with one deadline keep their order.
    package func after(_ delay: Int64, _ action: @escaping () -> Void) {
        let deadline = Deadline(at: Reactor.now + delay, action: action)
        let place = deadlines.firstIndex { $0.at > deadline.at } ?? deadlines.endIndex
        deadlines.insert(deadline, at: place)
    }

    package func stop() { stopped = true }

    package func run() {
        while !stopped { turn(atMost: 1_000_000_000) }
    }

    /// Waits once, at most so many nanoseconds, and handles what there is.
    package func turn(atMost limit: Int64) {
        let wait = deadlines.first.map { min(limit, max(0, $0.at - Reactor.now)) } ?? limit
        // Rounded up: a wait that ends a fraction early would spin until its deadline.
        let count = epoll_wait(epoll, events, Int32(Reactor.batch), Int32((wait + 999_999) / 1_000_000))
        for index in 0..<max(0, Int(count)) {
            let fd = Int(fg_event_fd(events + index))
            handlers[fd]?.ready(events[index].events)
        }
        runDueActions()
    }

    private func runDueActions() {
        guard !deadlines.isEmpty else { return }
        let now = Reactor.now
        while let first = deadlines.first, first.at <= now {
            deadlines.removeFirst()
            first.action()
        }
    }
}
