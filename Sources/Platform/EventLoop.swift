import CSystem
import FieldModel

/// One thread's loop over event sources: epoll for their descriptors, one timeout for their deadlines.
///
/// Everything but `wakeUp` happens on the thread that calls `run`.
package final class EventLoop {
    private let epoll: Int32
    private let time: any TimeSource
    private let wake: WakeUp
    private var sources: [any EventSource] = []
    /// What epoll was last told of each descriptor, and in whose name: numbers are used again.
    private var registered: [Int32: Registration] = [:]

    private struct Registration: Equatable {
        var interest: EventInterest
        var owner: ObjectIdentifier
    }

    package init(time: any TimeSource) throws(SystemError) {
        self.time = time
        epoll = try SystemError.check(fg_epoll_create())
        wake = try WakeUp()
        try SystemError.check(fg_epoll_control(epoll, EPOLL_CTL_ADD, wake.descriptor, EPOLLIN.rawValue))
    }

    deinit {
        close(epoll)
    }

    /// Makes the loop turn soon; from any thread.
    package var wakeUp: @Sendable () -> Void {
        let wake = self.wake
        return { wake.signal() }
    }

    package func add(_ source: any EventSource) {
        sources.append(source)
    }

    /// Call before its descriptor is closed: the number may be another source's at once.
    package func remove(_ source: any EventSource) {
        sources.removeAll { $0 === source }
        for (descriptor, registration) in registered where registration.owner == ObjectIdentifier(source) {
            registered[descriptor] = nil
            _ = fg_epoll_control(epoll, EPOLL_CTL_DEL, descriptor, 0)
        }
    }

    /// Turns until `turn`, called after every round of events, returns false.
    package func run(turn: (Instant) -> Bool) {
        var events = [epoll_event](repeating: epoll_event(), count: 16)
        while turn(time.now()) {
            register()
            let ready = Int(epoll_wait(epoll, &events, Int32(events.count), timeout()))
            let now = time.now()
            for event in events.prefix(max(0, ready)) { dispatch(event, at: now) }
            for source in sources where source.deadline.map({ $0 <= now }) ?? false { source.ready([], at: now) }
        }
    }

    private func dispatch(_ event: epoll_event, at now: Instant) {
        var event = event
        let descriptor = fg_event_fd(&event)
        if descriptor == wake.descriptor { return wake.clear() }
        guard let source = sources.first(where: { $0.descriptor == descriptor }) else { return }
        var interest: EventInterest = []
        // An error or a hang-up is read as an end of file, so it counts as readable.
        if event.events & (EPOLLIN.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { interest.insert(.read) }
        if event.events & EPOLLOUT.rawValue != 0 { interest.insert(.write) }
        source.ready(interest, at: now)
    }

    /// Tells epoll what has changed: few sources, so a comparison each turn is cheaper than being told.
    private func register() {
        var wanted: [Int32: Registration] = [:]
        for source in sources where source.descriptor >= 0 {
            wanted[source.descriptor] = Registration(interest: source.interest, owner: ObjectIdentifier(source))
        }
        guard wanted != registered else { return }
        for descriptor in registered.keys where wanted[descriptor] == nil {
            _ = fg_epoll_control(epoll, EPOLL_CTL_DEL, descriptor, 0)
        }
        for (descriptor, registration) in wanted where registered[descriptor] != registration {
            let interest = registration.interest
            let mask =
                (interest.contains(.read) ? EPOLLIN.rawValue : 0) | (interest.contains(.write) ? EPOLLOUT.rawValue : 0)
            // A descriptor may have been closed and its number used again, so try both.
            if fg_epoll_control(epoll, EPOLL_CTL_MOD, descriptor, mask) < 0 {
                _ = fg_epoll_control(epoll, EPOLL_CTL_ADD, descriptor, mask)
            }
        }
        registered = wanted
    }

    /// Milliseconds until the earliest deadline, rounded up; at most a second, so that a loop always shows progress.
    private func timeout() -> Int32 {
        guard let earliest = sources.compactMap(\.deadline).min() else { return 1000 }
        let left = earliest.nanoseconds &- time.now().nanoseconds
        return Int32(clamping: max(0, min(1000, (left + 999_999) / 1_000_000)))
    }
}

/// An eventfd: any thread signals, the loop that watches it turns.
package final class WakeUp: Sendable {
    package let descriptor: Int32

    package init() throws(SystemError) {
        descriptor = try SystemError.check(fg_eventfd())
    }

    deinit {
        close(descriptor)
    }

    package func signal() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    package func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
