import FieldModel
import Platform

/// The one owner of a bus: a thread with three lanes.
///
/// Control items go before commands, commands before the poll; each waits for at most the transaction in flight, since
/// `poll` makes one transaction a call.
package final class BusThread: Sendable {
    package typealias Item = @Sendable (any Bus) -> Void

    package enum Lane: Sendable {
        case control, command
    }

    /// What the owner does when no lane holds anything: at most one transaction, and when to call again.
    package protocol Poll: AnyObject {
        func turn(_ bus: any Bus) -> Instant
    }

    private struct Mailbox {
        var control: [Item] = []
        var commands: [Item] = []
        var stopping = false

        mutating func take() -> Item? {
            if !control.isEmpty { return control.removeFirst() }
            if !commands.isEmpty { return commands.removeFirst() }
            return nil
        }
    }

    private enum Wake {
        case item(Item), poll, stop
    }

    /// Items that may wait in each lane; more are refused.
    package static let laneLimit = 256

    private let mailbox = Monitor(Mailbox())
    private let turns = Counter()
    private let thread: OwnerThread

    /// Starts the owner. `bus` and `poll` are made on it, and never leave it.
    package init(
        name: String, priority: OwnerThread.Priority, time: any TimeSource,
        make: @escaping @Sendable () -> (bus: any Bus, poll: any Poll)
    ) throws(SystemError) {
        let mailbox = self.mailbox
        let turns = self.turns
        thread = try OwnerThread(name: name, priority: priority) {
            let (bus, poll) = make()
            Self.run(mailbox, turns: turns, bus: bus, poll: poll, time: time)
            bus.disconnect()
        }
    }

    /// False when the lane is full, or the bus is closing.
    package func post(_ lane: Lane, _ item: @escaping Item) -> Bool {
        var accepted = false
        mailbox.signal { box in
            let waiting = lane == .control ? box.control.count : box.commands.count
            accepted = waiting < Self.laneLimit && !box.stopping
            guard accepted else { return false }
            if lane == .control { box.control.append(item) } else { box.commands.append(item) }
            return true
        }
        return accepted
    }

    /// How often the owner came round: the sign of life that the watchdog follows.
    package var progress: Int64 { turns.load() }

    /// Asks the owner to finish: what waits in the lanes is still done.
    package func stop() {
        mailbox.signal { box in
            box.stopping = true
            return true
        }
    }

    package func join() {
        thread.join()
    }

    private static func run(
        _ mailbox: Monitor<Mailbox>, turns: Counter, bus: any Bus, poll: any Poll, time: any TimeSource
    ) {
        var next = time.now()
        while true {
            let wake = mailbox.wait { box -> Wait<Wake> in
                turns.add()
                if let item = box.take() { return .done(.item(item)) }
                if box.stopping { return .done(.stop) }
                let now = time.now()
                return now >= next ? .done(.poll) : .pause(min(now.duration(to: next), .seconds(1)))
            }
            switch wake {
            case .item(let item): item(bus)
            case .poll: next = poll.turn(bus)
            case .stop: return
            }
        }
    }
}
