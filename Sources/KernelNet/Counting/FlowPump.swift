import CSystem
import FieldModel
import Platform

/// Moves events from connection tracking into the ring: peek, append, consume. Killed at any point it loses none and
/// doubles none: what was appended and not consumed is shown again, and is then found to be the ring's last.
package final class FlowPump: EventSource {
    /// How often the state of the counters is looked at.
    private static let beat = Duration.seconds(1)
    private static let pauseWhenFull = Duration.milliseconds(20)
    /// Events moved at one turn of the loop; clients get their turns between.
    private static let batch = 256

    package let interest: EventInterest = .read
    package private(set) var deadline: Instant?
    private let source: any FlowSource
    private var writer: FlowRingWriter
    private let fill: () -> TableFill?
    private let look: () -> [String]
    private var reliability = Reliability()
    private var doubts = DoubtLedger()
    private var unsaid: [String] = []
    private var refused: Int?
    private var fault: NetworkFault?
    private var isFull = false
    private var isFirst = true
    /// Ends may have been lost since the queue was last seen empty.
    private var mayHaveLost = false
    private var nextBeat = Instant(nanoseconds: 0)

    /// `look` names what is wrong with the counters now; it is asked at every beat. `said` is what has to be told first.
    package init(
        source: any FlowSource, ring: FlowRing, said: [String], fill: @escaping () -> TableFill?,
        look: @escaping () -> [String]
    ) {
        self.source = source
        writer = FlowRingWriter(ring)
        self.fill = fill
        self.look = look
        unsaid = said
        if writer.wasDamaged { unsaid.append("the ring of connection events was damaged: some may be missing") }
        source.setReliable(true)
        deadline = nextBeat
    }

    /// While the ring is full the kernel keeps the events, and there is nothing to wait for but room.
    package var descriptor: Int32 { isFull ? -1 : source.descriptor }

    /// Why the counters are not exact now.
    package var currentDoubts: [String] { doubts.current }

    package func ready(_ events: EventInterest, at now: Instant) {
        if now >= nextBeat { beat(at: now) }
        move()
        deadline = isFull ? min(nextBeat, now + Self.pauseWhenFull) : nextBeat
    }

    /// Looks at the counters when the loop's turn ends: a client gets its answer first.
    package func lookSoon() {
        nextBeat = Instant(nanoseconds: 0)
        deadline = nextBeat
    }

    private func beat(at now: Instant) {
        nextBeat = now + Self.beat
        writer.ring.heartbeat = now
        writer.affirm()
        if let fill = fill() { judge(fill) }
        for doubt in doubts.update(look()) { unsaid.append(doubt) }
        say()
    }

    private func judge(_ fill: TableFill) {
        switch reliability.update(fill) {
        case .left?:
            mayHaveLost = true
            source.setReliable(false)
            unsaid.append(
                "the connection table is \(fill.percent) % full (\(fill.count) of \(fill.limit)): ends may be lost;"
                    + " raise net.netfilter.nf_conntrack_max")
        case .returned?: source.setReliable(true)
        case nil: break
        }
        if let before = refused, fill.refused > before {
            unsaid.append(
                "the connection table was full: \(fill.refused - before) connections were not tracked;"
                    + " raise net.netfilter.nf_conntrack_max")
        }
        refused = fill.refused
    }

    private func move() {
        isFull = false
        say()
        for _ in 0..<Self.batch where !isFull {
            switch peek() {
            case .nothing:
                mayHaveLost = !reliability.isOn
                return
            case .overrun: overrun()
            case .events(let events): keep(events)
            }
        }
    }

    private func peek() -> FlowMessage {
        do throws(NetworkFault) {
            let message = try source.peek()
            fault = nil
            return message
        } catch {
            // Said once, and tried again after a pause.
            if fault != error { unsaid.append(error.words) }
            fault = error
            isFull = true
            return .nothing
        }
    }

    /// In the reliable mode the kernel tells of every end again.
    private func overrun() {
        guard mayHaveLost || !reliability.isOn else { return }
        unsaid.append("ends of connections were lost: more came than the event socket of fieldgate-netd holds")
        say()
    }

    private func keep(_ events: [FlowEvent]) {
        var fresh = events[...]
        // What the process before this one had appended, and did not come to consume.
        if isFirst, let place = events.lastIndex(where: { writer.isLast($0) }) { fresh = events[(place + 1)...] }
        isFirst = false
        for event in fresh {
            guard writer.append(event) else {
                isFull = true
                return
            }
        }
        source.consume()
    }

    private func say() {
        while let text = unsaid.first, writer.append(.lost(text)) { unsaid.removeFirst() }
        // The same thing said a thousand times fills no memory.
        if unsaid.count > Int(FlowRingWriter.reserve) { unsaid.removeSubrange(Int(FlowRingWriter.reserve)...) }
    }
}
