import FieldModel

/// The fixed layouts of frames: big-endian, every field at its own place. Docs/control-wire.md has the tables.
package enum FrameLayout {
    package static let version: UInt8 = 1
    package static let commandBytes = 84
    package static let stopBytes = 24
    package static let stateBytes = 104
    package static let pathBytes = 8
    package static let endBytes = 24 + EndFrame.mostOfName
    /// The longest of them.
    package static let longest = stateBytes

    package enum Kind: UInt8, Sendable {
        case command = 1
        case stop = 2
        case state = 3
        /// Which path a packet came by; direct only.
        case path = 4
        /// A stop by somebody without a session, with a signature in place of a seal.
        case signedStop = 5
        /// The last word in a session.
        case end = 6
    }

    private static let noVideo = UInt16.max

    /// What a body is, nil when it is none of this version.
    package static func kind(of body: UnsafeRawBufferPointer) -> Kind? {
        guard body.count >= pathBytes, body[0] == version, let kind = Kind(rawValue: body[1]) else { return nil }
        let length =
            switch kind {
            case .command: commandBytes
            case .stop, .signedStop: stopBytes
            case .state: stateBytes
            case .path: pathBytes
            case .end: endBytes
            }
        return body.count == length ? kind : nil
    }

    // MARK: Writing

    package static func write(_ frame: CommandFrame, into bytes: UnsafeMutableRawBufferPointer) {
        head(.command, into: bytes)
        bytes[2] = frame.flags.rawValue
        put(frame.session, bytes, 4)
        put(frame.epoch, bytes, 8)
        put(frame.sequence, bytes, 16)
        put(frame.sent, bytes, 24)
        put(frame.echoTime, bytes, 32)
        put(frame.echoSequence, bytes, 40)
        put(frame.hold, bytes, 44)
        put(frame.lifetime, bytes, 48)
        put(frame.videoAge ?? noVideo, bytes, 50)
        put(frame.acknowledgedStop, bytes, 52)
        put(frame.profile, bytes, 56)
        put(frame.axes, bytes, 64)
        put(frame.buttons, bytes, 80)
    }

    package static func write(
        _ frame: StopFrame, as kind: Kind = .stop, into bytes: UnsafeMutableRawBufferPointer
    ) {
        head(kind, into: bytes)
        put(frame.session, bytes, 4)
        put(frame.epoch, bytes, 8)
        put(frame.id, bytes, 16)
    }

    package static func write(_ frame: StateFrame, into bytes: UnsafeMutableRawBufferPointer) {
        head(.state, into: bytes)
        bytes[2] = frame.phase.rawValue
        bytes[3] = frame.cause.rawValue
        put(frame.session, bytes, 4)
        put(frame.epoch, bytes, 8)
        put(frame.time, bytes, 16)
        put(frame.lastCommand, bytes, 24)
        put(frame.sequence, bytes, 32)
        put(frame.stopNumber, bytes, 36)
        put(frame.age, bytes, 40)
        put(frame.roundTripMedian, bytes, 44)
        put(frame.roundTripP99, bytes, 48)
        put(frame.rejects, bytes, 52)
        put(frame.flags.rawValue, bytes, 56)
        put(frame.loss, bytes, 58)
        for index in 0..<4 { put(frame.lossOfPath[index], bytes, 60 + 2 * index) }
        put(frame.speedCap, bytes, 68)
        bytes[70] = frame.lastReject?.rawValue ?? 0
        put(frame.written, bytes, 72)
        put(frame.readBack, bytes, 88)
    }

    package static func write(_ frame: EndFrame, into bytes: UnsafeMutableRawBufferPointer) {
        head(.end, into: bytes)
        bytes[2] = frame.phase.rawValue
        bytes[3] = frame.cause.rawValue
        put(frame.session, bytes, 4)
        put(frame.epoch, bytes, 8)
        put(frame.stopNumber, bytes, 16)
        var name = frame.by ?? ""
        while name.utf8.count > EndFrame.mostOfName { name.removeLast() }
        put(UInt32(name.utf8.count), bytes, 20)
        for place in 24..<endBytes { bytes[place] = 0 }
        for (place, byte) in name.utf8.enumerated() { bytes[24 + place] = byte }
    }

    package static func writePath(_ path: UInt8, session: UInt32, into bytes: UnsafeMutableRawBufferPointer) {
        head(.path, into: bytes)
        bytes[2] = path
        put(session, bytes, 4)
    }

    // MARK: Reading

    /// Nil unless it is a command frame with nothing unknown in it.
    package static func command(_ bytes: UnsafeRawBufferPointer) -> CommandFrame? {
        guard kind(of: bytes) == .command, bytes[2] & ~7 == 0, bytes[3] == 0 else { return nil }
        let video: UInt16 = get(bytes, 50)
        return CommandFrame(
            session: get(bytes, 4), epoch: get(bytes, 8), sequence: get(bytes, 16), sent: get(bytes, 24),
            echoSequence: get(bytes, 40), echoTime: get(bytes, 32), hold: get(bytes, 44), lifetime: get(bytes, 48),
            flags: CommandFrame.Flags(rawValue: bytes[2]), acknowledgedStop: get(bytes, 52), axes: axes(bytes, 64),
            buttons: get(bytes, 80), videoAge: video == noVideo ? nil : video, profile: get(bytes, 56))
    }

    package static func stop(_ bytes: UnsafeRawBufferPointer) -> StopFrame? {
        let kind = kind(of: bytes)
        guard kind == .stop || kind == .signedStop, bytes[2] == 0, bytes[3] == 0 else { return nil }
        return StopFrame(session: get(bytes, 4), epoch: get(bytes, 8), id: get(bytes, 16))
    }

    package static func state(_ bytes: UnsafeRawBufferPointer) -> StateFrame? {
        guard kind(of: bytes) == .state, let phase = SessionPhase(rawValue: bytes[2]),
            let cause = SessionCause(rawValue: bytes[3])
        else { return nil }
        var frame = StateFrame()
        (frame.phase, frame.cause) = (phase, cause)
        frame.session = get(bytes, 4)
        frame.epoch = get(bytes, 8)
        frame.time = get(bytes, 16)
        frame.lastCommand = get(bytes, 24)
        frame.sequence = get(bytes, 32)
        frame.stopNumber = get(bytes, 36)
        frame.age = get(bytes, 40)
        frame.roundTripMedian = get(bytes, 44)
        frame.roundTripP99 = get(bytes, 48)
        frame.rejects = get(bytes, 52)
        frame.flags = StateFrame.Flags(rawValue: get(bytes, 56))
        frame.loss = get(bytes, 58)
        for index in 0..<4 { frame.lossOfPath[index] = get(bytes, 60 + 2 * index) }
        frame.speedCap = get(bytes, 68)
        frame.lastReject = FrameReject(rawValue: bytes[70])
        (frame.written, frame.readBack) = (axes(bytes, 72), axes(bytes, 88))
        return frame
    }

    package static func end(_ bytes: UnsafeRawBufferPointer) -> EndFrame? {
        guard kind(of: bytes) == .end, let phase = SessionPhase(rawValue: bytes[2]),
            let cause = SessionCause(rawValue: bytes[3])
        else { return nil }
        let count = Int(get(bytes, 20) as UInt32)
        guard count <= EndFrame.mostOfName, let name = String(validating: bytes[24..<24 + count], as: UTF8.self) else {
            return nil
        }
        return EndFrame(
            session: get(bytes, 4), epoch: get(bytes, 8), phase: phase, cause: cause, stopNumber: get(bytes, 16),
            by: name.isEmpty ? nil : name)
    }

    package static func path(_ bytes: UnsafeRawBufferPointer) -> (path: UInt8, session: UInt32)? {
        guard kind(of: bytes) == .path else { return nil }
        return (bytes[2], get(bytes, 4))
    }

    /// It looks like a last word with a seal for MQTT; whose is not known.
    package static func isSealedEnd(_ message: UnsafeRawBufferPointer) -> Bool {
        message.count == endBytes + BrokerSeal.macBytes
            && kind(of: UnsafeRawBufferPointer(rebasing: message[..<endBytes])) == .end
    }

    // MARK: Numbers

    private static func head(_ kind: Kind, into bytes: UnsafeMutableRawBufferPointer) {
        bytes[0] = version
        bytes[1] = kind.rawValue
        (bytes[2], bytes[3]) = (0, 0)
    }

    @inline(__always)
    private static func put(_ value: some FixedWidthInteger, _ bytes: UnsafeMutableRawBufferPointer, _ place: Int) {
        bytes.storeBytes(of: value.bigEndian, toByteOffset: place, as: type(of: value))
    }

    @inline(__always)
    private static func put(_ axes: AxisValues, _ bytes: UnsafeMutableRawBufferPointer, _ place: Int) {
        for index in 0..<8 { put(axes[index], bytes, place + 2 * index) }
    }

    @inline(__always)
    private static func get<Number: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ place: Int
    ) -> Number {
        Number(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
    }

    private static func axes(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> AxisValues {
        var axes = AxisValues.rest
        for index in 0..<8 { axes[index] = get(bytes, place + 2 * index) }
        return axes
    }
}
