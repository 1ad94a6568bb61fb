import CSystem
import FieldModel

/// One thread's loop over event sources: epoll for their descriptors, one timeout for their deadlines.
///
/// Everything but `wakeUp` happens on the thread that calls `run`.
package final class EventLoop {
    private let epoll: Int32
    private let time: any TimeSource
    private let wake: WakeUp
    private var watched: [Watched] = []

    /// A source and what epoll was last told of it. Numbers of descriptors are used again, so each is kept by source.
    private struct Watched {
        var source: any EventSource
        var descriptor: Int32 = -1
        var interest: EventInterest = []
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
        watched.append(Watched(source: source))
    }

    /// Call before its descriptor is closed: the number may be another source's at once.
    package func remove(_ source: any EventSource) {
        watched.removeAll { entry in
            guard entry.source === source else { return false }
            if entry.descriptor >= 0 { _ = fg_epoll_control(epoll, EPOLL_CTL_DEL, entry.descriptor, 0) }
            return true
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
            for entry in watched where entry.source.deadline.map({ $0 <= now }) ?? false {
                entry.source.ready([], at: now)
            }
        }
    }

    private func dispatch(_ event: epoll_event, at now: Instant) {
        var event = event
        let descriptor = fg_event_fd(&event)
        if descriptor == wake.descriptor { return wake.clear() }
        guard let source = watched.first(where: { $0.source.descriptor == descriptor })?.source else { return }
        var interest: EventInterest = []
        // An error or a hang-up is read as an end of file, so it counts as readable.
        if event.events & (EPOLLIN.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { interest.insert(.read) }
        if event.events & EPOLLOUT.rawValue != 0 { interest.insert(.write) }
        source.ready(interest, at: now)
    }

    /// Tells epoll what has changed: few sources, so a comparison each turn is cheaper than being told. What went comes
    /// first: its number may be another's now.
    private func register() {
        for index in watched.indices where watched[index].descriptor >= 0 {
            let descriptor = watched[index].source.descriptor
            guard descriptor != watched[index].descriptor else { continue }
            _ = fg_epoll_control(epoll, EPOLL_CTL_DEL, watched[index].descriptor, 0)
            watched[index].descriptor = -1
        }
        for index in watched.indices {
            let (descriptor, interest) = (watched[index].source.descriptor, watched[index].source.interest)
            guard descriptor >= 0 else { continue }
            guard descriptor != watched[index].descriptor || interest != watched[index].interest else { continue }
            let mask =
                (interest.contains(.read) ? EPOLLIN.rawValue : 0) | (interest.contains(.write) ? EPOLLOUT.rawValue : 0)
            // A descriptor may have been closed and its number used again, so try both.
            if fg_epoll_control(epoll, EPOLL_CTL_MOD, descriptor, mask) < 0 {
                _ = fg_epoll_control(epoll, EPOLL_CTL_ADD, descriptor, mask)
            }
            (watched[index].descriptor, watched[index].interest) = (descriptor, interest)
        }
    }

    /// Milliseconds until the earliest deadline, rounded up; at most a second, so that a loop always shows progress.
    private func timeout() -> Int32 {
        var earliest = Int64.max
        for entry in watched {
            if let deadline = entry.source.deadline { earliest = min(earliest, deadline.nanoseconds) }
        }
        guard earliest < .max else { return 1000 }
        let left = earliest &- time.now().nanoseconds
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
