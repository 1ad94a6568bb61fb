import ControlWire
import FieldModel

/// The bytes of one session: opens what comes, seals what goes.
package struct SessionSeals: Sendable {
    package enum Opened: Hashable, Sendable {
        case state(StateFrame)
        case path(UInt8, counter: UInt64)
        case end(EndFrame)
        /// Authentic, and here before.
        case copy
        case wrong
    }

    private let command: BrokerSeal
    private let stop: BrokerSeal
    private let state: BrokerSeal
    private var sealer: DirectSealer
    private var opener: DirectOpener
    private let session: UInt32

    /// `topics` are those of commands, stops and states.
    package init(
        _ keys: SessionKeys, session: UInt32, command: String, stop: String, state: String, start: Instant
    ) {
        self.session = session
        self.command = BrokerSeal(keys.toGateway, topic: command)
        self.stop = BrokerSeal(keys.toGateway, topic: stop)
        self.state = BrokerSeal(keys.toConsole, topic: state)
        sealer = DirectSealer(keys.directToGateway, tag: keys.tag, start: start)
        opener = DirectOpener(keys.directToConsole, tag: keys.tag, start: start)
    }

    // MARK: MQTT

    package func sealed(_ frame: CommandFrame) -> [UInt8] {
        Self.message(FrameLayout.commandBytes, command) { FrameLayout.write(frame, into: $0) }
    }

    package func sealed(_ frame: StopFrame) -> [UInt8] {
        Self.message(FrameLayout.stopBytes, stop) { FrameLayout.write(frame, into: $0) }
    }

    /// Nil when the seal is not that of this session.
    package func state(_ message: UnsafeRawBufferPointer) -> StateFrame? {
        state.open(message).flatMap(FrameLayout.state)
    }

    /// The same for the last word.
    package func end(_ message: UnsafeRawBufferPointer) -> EndFrame? {
        state.open(message).flatMap(FrameLayout.end)
    }

    private static func message(
        _ count: Int, _ seal: BrokerSeal, _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) -> [UInt8] {
        var message = [UInt8](repeating: 0, count: count + BrokerSeal.macBytes)
        message.withUnsafeMutableBytes { bytes in
            let body = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
            write(body)
            seal.seal(UnsafeRawBufferPointer(body), into: UnsafeMutableRawBufferPointer(rebasing: bytes[count...]))
        }
        return message
    }

    // MARK: The direct path

    package mutating func packet(_ frame: CommandFrame, at now: Instant) -> [UInt8] {
        packet(FrameLayout.commandBytes, at: now) { FrameLayout.write(frame, into: $0) }
    }

    package mutating func packet(_ frame: StopFrame, at now: Instant) -> [UInt8] {
        packet(FrameLayout.stopBytes, at: now) { FrameLayout.write(frame, into: $0) }
    }

    package mutating func open(_ packet: UnsafeRawBufferPointer, at now: Instant) -> Opened {
        withUnsafeTemporaryAllocation(byteCount: FrameLayout.longest, alignment: 8) { body in
            switch opener.open(packet, into: body, at: now) {
            case .wrong: return .wrong
            case .copy: return .copy
            case .body(let count, _):
                let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(body)[..<count])
                if let frame = FrameLayout.state(bytes) { return .state(frame) }
                if let frame = FrameLayout.end(bytes) { return .end(frame) }
                guard let (path, session) = FrameLayout.path(bytes), session == self.session else { return .wrong }
                return .path(path, counter: Self.counter(of: packet))
            }
        }
    }

    /// Part of the header, and so of what was authenticated.
    private static func counter(of packet: UnsafeRawBufferPointer) -> UInt64 {
        UInt64(bigEndian: packet.loadUnaligned(fromByteOffset: 7, as: UInt64.self))
    }

    private mutating func packet(
        _ count: Int, at now: Instant, _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) -> [UInt8] {
        withUnsafeTemporaryAllocation(byteCount: FrameLayout.longest, alignment: 8) { buffer in
            let body = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            write(body)
            var packet = [UInt8](repeating: 0, count: count + DirectPacket.headerBytes + DirectPacket.tagBytes)
            let length = packet.withUnsafeMutableBytes { sealer.seal(UnsafeRawBufferPointer(body), into: $0, at: now) }
            return length == packet.count ? packet : []
        }
    }
}
