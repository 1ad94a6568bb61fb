import CSystem
import Glibc
import SimulatorKit

/// One direction of a path at work: reads one device, and writes what arrives to the other.
final class Lane: EventHandler {
    /// Packets read before others have their turn.
    private static let batch = 256

    let path: PathName
    let direction: Direction
    private let number: Int
    private let source: TunDevice
    private let sink: TunDevice
    private unowned let engine: LinkEngine
    private(set) var model: LinkModel
    private(set) var counters = LaneCounters()
    private(set) var flows = FlowTable()
    private var underWay = 0

    init(
        _ model: LinkModel, path: PathName, number: Int, from source: TunDevice, to sink: TunDevice, engine: LinkEngine
    ) {
        (self.model, self.path, self.number, direction) = (model, path, number, model.direction)
        (self.source, self.sink, self.engine) = (source, sink, engine)
    }

    func ready(_ events: UInt32) {
        for _ in 0..<Self.batch {
            guard readOne() else { break }
            engine.releaseDue()
        }
        engine.armTimer()
    }

    func apply(_ change: LinkChange, at now: Int64) {
        guard let retiming = model.apply(change, at: now) else { return }
        if let last = engine.retime(lane: number, retiming) { model.keepOrder(behind: last) }
    }

    /// The packet's time has come.
    func release(_ slot: Int, at now: Int64) {
        let packet = engine.pool[slot]
        if packet.release > packet.offered { counters.releaseError.record(now - packet.release) }
        counters.queueDelay.record(packet.leaves - packet.offered)
        underWay -= 1
        deliver(slot, packet, at: now)
        if packet.isDuplicated {
            counters.duplicated.add(packet.length)
            deliver(slot, packet, at: now)
        }
        engine.pool.give(slot)
    }

    func json(at now: Int64) -> JSON { counters.json(queued: model.queued(at: now), underWay: underWay) }

    /// False when there is nothing more to read.
    private func readOne() -> Bool {
        guard let slot = engine.pool.take() else { return readIntoTheVoid() }
        let count = read(source.fd, engine.pool.room(slot), PacketPool.slotBytes)
        guard count > 0 else {
            engine.pool.give(slot)
            if count < 0, errno != EAGAIN, errno != EINTR { engine.fail(source.place, errno) }
            return false
        }
        offer(slot, count)
        return true
    }

    private func offer(_ slot: Int, _ count: Int) {
        let now = engine.now
        let key = FlowKey(UnsafeRawBufferPointer(start: engine.pool.room(slot), count: count))
        counters.offered.add(count)
        if model.hasSession { counters.taken.add(count) }
        flows.offer(key, count)
        guard case .passes(let passage) = refuse(slot, count, key, at: now) else { return }
        engine.pool[slot] = PendingPacket(
            length: count, offered: now, leaves: passage.leaves, release: passage.release,
            isDuplicated: passage.isDuplicated, isLate: passage.isLate, key: key)
        if passage.isLate { counters.reordered.add(count) }
        underWay += 1
        counters.deepest = max(counters.deepest, model.queue.bytes)
        guard passage.release > now else { return release(slot, at: now) }
        engine.heap.insert(slot, lane: number, release: passage.release)
    }

    /// Asks the model; a packet that does not pass is counted and its slot given back.
    private func refuse(_ slot: Int, _ count: Int, _ key: FlowKey, at now: Int64) -> Fate {
        let fate = model.admit(count, at: now)
        let outcome: Outcome
        switch fate {
        case .passes: return fate
        case .noSession: outcome = .noSession
        case .dead: outcome = .dead
        case .outage: outcome = .outage
        case .lost: outcome = .lost
        case .queueFull: outcome = .queueFull
        }
        engine.pool.give(slot)
        end(outcome, count, key, offered: now, at: now)
        return fate
    }

    private func deliver(_ slot: Int, _ packet: PendingPacket, at now: Int64) {
        var outcome = Outcome.delivered
        if !model.hasSession {
            outcome = .noSession
        } else if model.isDead {
            outcome = .dead
        } else if write(sink.fd, engine.pool.room(slot), packet.length) < 0 {
            outcome = .refused
        }
        if outcome == .delivered { flows.deliver(packet.key, packet.length) }
        end(outcome, packet.length, packet.key, offered: packet.offered, at: now)
    }

    private func end(_ outcome: Outcome, _ bytes: Int, _ key: FlowKey, offered: Int64, at now: Int64) {
        counters.outcomes[outcome.rawValue].add(bytes)
        engine.trace?.record(self, offered: offered, ended: now, bytes: bytes, key, outcome)
    }

    /// No slot is free: the packet is read all the same, so that the device does not stand still, and counted.
    private func readIntoTheVoid() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: PacketPool.slotBytes, alignment: 8) { room in
            let count = read(source.fd, room.baseAddress, room.count)
            guard count > 0 else { return false }
            let key = FlowKey(UnsafeRawBufferPointer(start: room.baseAddress, count: count))
            counters.offered.add(count)
            if model.hasSession { counters.taken.add(count) }
            flows.offer(key, count)
            end(.overload, count, key, offered: engine.now, at: engine.now)
            return true
        }
    }
}
