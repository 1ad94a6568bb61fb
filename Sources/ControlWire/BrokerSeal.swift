import Crypto

/// The seal of frames on MQTT: HMAC-SHA-256 over topic and body.
package struct BrokerSeal: Sendable {
    package static let macBytes = 32

    private let key: SymmetricKey
    private let topic: [UInt8]

    /// One topic, one direction. The NUL keeps topic and body apart.
    package init(_ key: SymmetricKey, topic: String) {
        self.key = key
        self.topic = Array(topic.utf8) + [0]
    }

    /// Writes the code for `body` into `mac`, 32 bytes.
    package func seal(_ body: UnsafeRawBufferPointer, into mac: UnsafeMutableRawBufferPointer) {
        code(body).withUnsafeBytes { mac.copyMemory(from: $0) }
    }

    /// The body of a sealed message; nil when the seal is wrong. Compared in constant time.
    package func open(_ message: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard message.count > Self.macBytes else { return nil }
        let body = UnsafeRawBufferPointer(rebasing: message[..<(message.count - Self.macBytes)])
        let mac = UnsafeRawBufferPointer(rebasing: message[(message.count - Self.macBytes)...])
        var difference: UInt8 = 0
        code(body).withUnsafeBytes { own in
            for index in 0..<Self.macBytes { difference |= own[index] ^ mac[index] }
        }
        return difference == 0 ? body : nil
    }

    private func code(_ body: UnsafeRawBufferPointer) -> HMAC<SHA256>.MAC {
        var hmac = HMAC<SHA256>(key: key)
        topic.withUnsafeBytes { hmac.update(data: $0) }
        hmac.update(data: body)
        return hmac.finalize()
    }
}
