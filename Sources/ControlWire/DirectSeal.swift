import Crypto
import FieldModel

/// The packets of the direct path: type 1, key id 2, session tag 4, counter 8, then ChaCha20-Poly1305 (RFC 8439) with
/// the header as associated data.
package enum DirectPacket {
    package static let headerBytes = 15
    package static let tagBytes = 16
    package static let type: UInt8 = 1
    /// A new key after this long; each is refused after `keyLife`, counted from when it was due.
    package static let rekeyEvery = Duration.seconds(120)
    package static let keyLife = Duration.seconds(180)
    /// How far the two sides' idea of the session's start may differ.
    static let allowance = Duration.seconds(10)

    /// The session a packet names, nil when it is none.
    package static func session(of packet: UnsafeRawBufferPointer) -> UInt32? {
        guard packet.count > headerBytes + tagBytes, packet[0] == type else { return nil }
        return UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: 3, as: UInt32.self))
    }
}

/// Seals: one counter, never used twice under a key.
package struct DirectSealer: Sendable {
    private var keys: SessionKeys.Direct
    private var keyID: UInt16 = 0
    private var counter: UInt64 = 0
    private let tag: UInt32
    private let start: Instant

    package init(_ keys: SessionKeys.Direct, tag: UInt32, start: Instant) {
        self.keys = keys
        self.tag = tag
        self.start = start
    }

    /// Puts the packet for `body` into `packet`; returns its length. `packet` holds body + 31 bytes.
    package mutating func seal(
        _ body: UnsafeRawBufferPointer, into packet: UnsafeMutableRawBufferPointer, at now: Instant
    ) -> Int? {
        let due = UInt16(clamping: start.duration(to: now).wholeNanoseconds / DirectPacket.rekeyEvery.wholeNanoseconds)
        while keyID < due {
            keyID += 1
            keys = keys.next
        }
        counter += 1
        packet[0] = DirectPacket.type
        packet.storeBytes(of: keyID.bigEndian, toByteOffset: 1, as: UInt16.self)
        packet.storeBytes(of: tag.bigEndian, toByteOffset: 3, as: UInt32.self)
        packet.storeBytes(of: counter.bigEndian, toByteOffset: 7, as: UInt64.self)
        let header = UnsafeRawBufferPointer(rebasing: packet[..<DirectPacket.headerBytes])
        guard let nonce = DirectNonce.make(keys.salt, counter),
            let box = try? ChaChaPoly.seal(body, using: keys.key, nonce: nonce, authenticating: header)
        else { return nil }
        UnsafeMutableRawBufferPointer(rebasing: packet[DirectPacket.headerBytes...]).copyBytes(from: box.ciphertext)
        let end = DirectPacket.headerBytes + body.count
        UnsafeMutableRawBufferPointer(rebasing: packet[end...]).copyBytes(from: box.tag)
        return end + DirectPacket.tagBytes
    }
}

/// Opens: authentic first, then the window. What is newest is for the session to say.
package struct DirectOpener: Sendable {
    package enum Outcome: Sendable, Hashable {
        /// A body of so many bytes stands in the buffer; its counter is the newest so far, or not.
        case body(Int, isNewest: Bool)
        /// Authentic, and here before: a copy by another path, or a replay.
        case copy
        case wrong
    }

    private var held: [(id: UInt16, keys: SessionKeys.Direct)]
    private var window = ReplayWindow()
    private let tag: UInt32
    private let start: Instant

    package init(_ keys: SessionKeys.Direct, tag: UInt32, start: Instant) {
        held = [(0, keys)]
        self.tag = tag
        self.start = start
    }

    package mutating func open(
        _ packet: UnsafeRawBufferPointer, into body: UnsafeMutableRawBufferPointer, at now: Instant
    ) -> Outcome {
        guard DirectPacket.session(of: packet) == tag else { return .wrong }
        let id = UInt16(bigEndian: packet.loadUnaligned(fromByteOffset: 1, as: UInt16.self))
        let counter = UInt64(bigEndian: packet.loadUnaligned(fromByteOffset: 7, as: UInt64.self))
        let length = packet.count - DirectPacket.headerBytes - DirectPacket.tagBytes
        guard length <= body.count, let keys = keys(id, at: now), let nonce = DirectNonce.make(keys.salt, counter),
            let box = try? ChaChaPoly.SealedBox(
                nonce: nonce, ciphertext: packet[DirectPacket.headerBytes..<(DirectPacket.headerBytes + length)],
                tag: packet[(DirectPacket.headerBytes + length)...]),
            let plain = try? ChaChaPoly.open(
                box, using: keys.key,
                authenticating: UnsafeRawBufferPointer(rebasing: packet[..<DirectPacket.headerBytes]))
        else { return .wrong }
        let isNewest = counter > window.newest
        guard window.take(counter) else { return .copy }
        body.copyBytes(from: plain)
        return .body(length, isNewest: isNewest)
    }

    /// The key of that number, if its time has come and is not over.
    private mutating func keys(_ id: UInt16, at now: Instant) -> SessionKeys.Direct? {
        let age = start.duration(to: now)
        let due = DirectPacket.rekeyEvery * Int(id)
        guard age + DirectPacket.allowance >= due, age < due + DirectPacket.keyLife else { return nil }
        if let found = held.first(where: { $0.id == id }) { return found.keys }
        guard let newest = held.last, id > newest.id else { return nil }
        var keys = newest.keys
        for _ in newest.id..<id { keys = keys.next }
        held.append((id, keys))
        if held.count > 3 { held.removeFirst() }
        return keys
    }
}

enum DirectNonce {
    /// The direction's salt, its last eight bytes xor the counter.
    static func make(_ salt: [UInt8], _ counter: UInt64) -> ChaChaPoly.Nonce? {
        var bytes: (UInt64, UInt32) = (0, 0)
        return withUnsafeMutableBytes(of: &bytes) { nonce in
            for index in 0..<12 { nonce[index] = salt[index] }
            for index in 0..<8 { nonce[4 + index] ^= UInt8(truncatingIfNeeded: counter >> UInt64(8 * (7 - index))) }
            return try? ChaChaPoly.Nonce(data: UnsafeRawBufferPointer(rebasing: nonce[..<12]))
        }
    }
}
