import FieldModel

/// One event or connection as 192 bytes, in the byte order of this machine: the form of the ring and of lists.
///
/// `number` tells a slot's content from what was there a round before; a sum over everything tells what is whole.
package enum FlowSlot {
    package static let size = 192

    private enum Kind: UInt8 {
        case began = 1
        case ended, lost
        /// Of a list, not an event.
        case live
    }

    /// Where things are in a slot.
    private enum Place {
        static let number = 0
        static let sum = 8
        static let kind = 16
        static let transport = 17
        static let addressLength = 18
        static let textLength = 19
        static let mark = 20
        static let id = 24
        static let ports = 28
        static let start = 40
        static let stop = 48
        static let counts = 56
        static let addresses = 88
        static let text = 24
    }

    package static let textLimit = size - Place.text

    package static func write(_ event: FlowEvent, number: UInt64, to slot: UnsafeMutableRawPointer) {
        switch event {
        case .began(let flow): write(flow, .began, number, slot)
        case .ended(let flow): write(flow, .ended, number, slot)
        case .lost(let text):
            slot.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            let bytes = Array(cut(text).utf8)
            slot.storeBytes(of: Kind.lost.rawValue, toByteOffset: Place.kind, as: UInt8.self)
            slot.storeBytes(of: UInt8(bytes.count), toByteOffset: Place.textLength, as: UInt8.self)
            (slot + Place.text).copyMemory(from: bytes, byteCount: bytes.count)
            seal(slot, number)
        }
    }

    /// As an entry of a list.
    package static func write(_ flow: Flow, number: UInt64, to slot: UnsafeMutableRawPointer) {
        write(flow, .live, number, slot)
    }

    /// Nil when the slot does not hold what was written under this number, whole.
    package static func event(_ slot: UnsafeRawPointer, number: UInt64) -> FlowEvent? {
        guard isSound(slot, number) else { return nil }
        switch Kind(rawValue: slot.load(fromByteOffset: Place.kind, as: UInt8.self)) {
        case .began?: return .began(flow(slot))
        case .ended?: return .ended(flow(slot))
        case .lost?:
            let length = min(Int(slot.load(fromByteOffset: Place.textLength, as: UInt8.self)), textLimit)
            let bytes = UnsafeRawBufferPointer(start: slot + Place.text, count: length)
            return .lost(String(decoding: bytes, as: UTF8.self))
        case .live?, nil: return nil
        }
    }

    package static func flow(_ slot: UnsafeRawPointer, number: UInt64) -> Flow? {
        guard isSound(slot, number), slot.load(fromByteOffset: Place.kind, as: UInt8.self) == Kind.live.rawValue
        else { return nil }
        return flow(slot)
    }

    package static func isSound(_ slot: UnsafeRawPointer, _ number: UInt64) -> Bool {
        slot.load(fromByteOffset: Place.number, as: UInt64.self) == number
            && slot.load(fromByteOffset: Place.sum, as: UInt64.self) == sum(slot)
    }

    /// What the slot says that its number is, if it is whole.
    package static func number(_ slot: UnsafeRawPointer) -> UInt64? {
        let number = slot.load(fromByteOffset: Place.number, as: UInt64.self)
        return isSound(slot, number) ? number : nil
    }

    private static func write(_ flow: Flow, _ kind: Kind, _ number: UInt64, _ slot: UnsafeMutableRawPointer) {
        slot.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        slot.storeBytes(of: kind.rawValue, toByteOffset: Place.kind, as: UInt8.self)
        slot.storeBytes(of: flow.original.transport, toByteOffset: Place.transport, as: UInt8.self)
        slot.storeBytes(of: UInt8(flow.original.source.count), toByteOffset: Place.addressLength, as: UInt8.self)
        slot.storeBytes(of: flow.mark, toByteOffset: Place.mark, as: UInt32.self)
        slot.storeBytes(of: flow.id, toByteOffset: Place.id, as: UInt32.self)
        slot.storeBytes(of: flow.start, toByteOffset: Place.start, as: UInt64.self)
        slot.storeBytes(of: flow.stop ?? 0, toByteOffset: Place.stop, as: UInt64.self)
        write(flow.sent, 0, slot)
        write(flow.received, 1, slot)
        write(flow.original, 0, slot)
        write(flow.reply, 1, slot)
        seal(slot, number)
    }

    private static func write(_ count: Flow.Count, _ place: Int, _ slot: UnsafeMutableRawPointer) {
        slot.storeBytes(of: count.bytes, toByteOffset: Place.counts + place * 16, as: UInt64.self)
        slot.storeBytes(of: count.packets, toByteOffset: Place.counts + place * 16 + 8, as: UInt64.self)
    }

    private static func write(_ tuple: Flow.Tuple, _ place: Int, _ slot: UnsafeMutableRawPointer) {
        slot.storeBytes(of: tuple.sourcePort, toByteOffset: Place.ports + place * 4, as: UInt16.self)
        slot.storeBytes(of: tuple.destinationPort, toByteOffset: Place.ports + place * 4 + 2, as: UInt16.self)
        write(tuple.source, to: slot + Place.addresses + place * 32)
        write(tuple.destination, to: slot + Place.addresses + place * 32 + 16)
    }

    private static func write(_ address: Flow.Address, to place: UnsafeMutableRawPointer) {
        place.storeBytes(of: address.high.bigEndian, as: UInt64.self)
        place.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }

    private static func flow(_ slot: UnsafeRawPointer) -> Flow {
        func count(_ place: Int) -> Flow.Count {
            Flow.Count(
                bytes: slot.load(fromByteOffset: Place.counts + place * 16, as: UInt64.self),
                packets: slot.load(fromByteOffset: Place.counts + place * 16 + 8, as: UInt64.self))
        }
        let stop = slot.load(fromByteOffset: Place.stop, as: UInt64.self)
        return Flow(
            id: slot.load(fromByteOffset: Place.id, as: UInt32.self),
            start: slot.load(fromByteOffset: Place.start, as: UInt64.self), stop: stop == 0 ? nil : stop,
            mark: slot.load(fromByteOffset: Place.mark, as: UInt32.self), original: tuple(slot, 0),
            reply: tuple(slot, 1), sent: count(0), received: count(1))
    }

    private static func tuple(_ slot: UnsafeRawPointer, _ place: Int) -> Flow.Tuple {
        let length = Int(slot.load(fromByteOffset: Place.addressLength, as: UInt8.self))
        let ports = slot + Place.ports + place * 4
        func address(_ side: Int) -> Flow.Address {
            let offset = Place.addresses + place * 32 + side * 16
            return Flow.Address(
                high: UInt64(bigEndian: slot.load(fromByteOffset: offset, as: UInt64.self)),
                low: UInt64(bigEndian: slot.load(fromByteOffset: offset + 8, as: UInt64.self)), count: length)
        }
        return Flow.Tuple(
            transport: slot.load(fromByteOffset: Place.transport, as: UInt8.self),
            source: address(0), destination: address(1), sourcePort: ports.load(as: UInt16.self),
            destinationPort: ports.load(fromByteOffset: 2, as: UInt16.self))
    }

    private static func seal(_ slot: UnsafeMutableRawPointer, _ number: UInt64) {
        slot.storeBytes(of: number, toByteOffset: Place.number, as: UInt64.self)
        slot.storeBytes(of: sum(slot), toByteOffset: Place.sum, as: UInt64.self)
    }

    /// Against accidents, not against an attacker: whoever can write here may write anything.
    private static func sum(_ slot: UnsafeRawPointer) -> UInt64 {
        var sum: UInt64 = 0x9E37_79B9_7F4A_7C15
        for place in stride(from: 0, to: size, by: 8) where place != Place.sum {
            sum = (sum ^ slot.load(fromByteOffset: place, as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD
            sum ^= sum >> 32
        }
        return sum
    }

    /// As much of the text as there is room for, in whole characters.
    private static func cut(_ text: String) -> String {
        var kept = text
        while kept.utf8.count > textLimit { kept.removeLast() }
        return kept
    }
}
