import CSystem
import Glibc
import SimulatorKit

/// Carries the packets of all lanes on one thread: reads, holds and releases each at its time.
final class LinkEngine: EventHandler {
    /// Packets under way in all lanes together.
    private static let capacity = 65_536

    let pool = PacketPool(capacity: capacity)
    let heap = ReleaseHeap(capacity: capacity)
    let trace: PacketTrace?
    private(set) var lanes: [Lane] = []
    private(set) var failure: SystemFault?

    private let origin = fg_monotonic_ns()
    private let timer: Int32
    private var armed: Int64 = 0
    private unowned let reactor: Reactor

    init(reactor: Reactor, trace: PacketTrace?) throws(SystemFault) {
        (self.reactor, self.trace) = (reactor, trace)
        timer = try SystemFault.check(fg_timer_create(), "timerfd")
        // The kernel may otherwise put this thread's wake-ups 50 microseconds off, to join them.
        _ = fg_thread_timer_slack(1)
        // A radio does not get slower when the machine is busy. Without the right to it the link still works.
        _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, -15)
        try reactor.add(timer, self)
    }

    /// Nanoseconds since the link began, on CLOCK_MONOTONIC.
    var now: Int64 { fg_monotonic_ns() - origin }

    /// Both directions of a path.
    func add(_ path: PathName, _ models: [LinkModel], gateway: TunDevice, carrier: TunDevice) throws(SystemFault) {
        for model in models {
            let (source, sink) = model.direction == .up ? (gateway, carrier) : (carrier, gateway)
            let lane = Lane(model, path: path, number: lanes.count, from: source, to: sink, engine: self)
            lanes.append(lane)
            try reactor.add(source.fd, lane)
        }
    }

    /// The timer has fired.
    func ready(_ events: UInt32) {
        var expirations: UInt64 = 0
        _ = read(timer, &expirations, 8)
        armed = 0
        releaseDue()
        armTimer()
    }

    func releaseDue() {
        guard heap.count > 0 else { return }
        var time = now
        while let first = heap.first, first.release <= time {
            heap.removeFirst()
            lanes[Int(first.lane)].release(Int(first.slot), at: time)
            time = now
        }
    }

    func armTimer() {
        guard let first = heap.first, first.release != armed else { return }
        armed = first.release
        _ = fg_timer_arm(timer, origin + first.release)
    }

    /// Moves what a lane has under way. Returns the last release but for packets that are late on purpose.
    func retime(lane: Int, _ retiming: Retiming) -> Int64? {
        var last: Int64?
        heap.retime(lane: lane) { slot in
            let leaves = retiming.apply(pool[slot].leaves)
            pool[slot].release += leaves - pool[slot].leaves
            pool[slot].leaves = leaves
            if !pool[slot].isLate {
                pool[slot].release = max(pool[slot].release, last ?? 0)
                last = pool[slot].release
            }
            return pool[slot].release
        }
        armTimer()
        return last
    }

    /// A device went away: nothing can go on.
    func fail(_ place: String, _ code: Int32) {
        failure = failure ?? SystemFault("\(place) went away; 'fieldsim net up' makes it anew", code: code)
        reactor.stop()
    }

    func shutDown() {
        reactor.removeAndClose(timer)
        trace?.flush()
    }
}
