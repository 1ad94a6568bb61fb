import Glibc

/// Protocol, addresses and ports of a packet; ports are 0 where there are none, as in later fragments.
package struct FlowKey: Hashable, Sendable {
    package var version: UInt8 = 0
    package var transport: UInt8 = 0
    package var sourcePort: UInt16 = 0
    package var destinationPort: UInt16 = 0
    var source: (UInt64, UInt64) = (0, 0)
    var destination: (UInt64, UInt64) = (0, 0)

    /// Of a packet that begins with its IP header; whatever can't be read stays 0.
    package init(_ packet: UnsafeRawBufferPointer) {
        guard let first = packet.first else { return }
        version = first >> 4
        if version == 4, packet.count >= 20 {
            readVersion4(packet)
        } else if version == 6, packet.count >= 40 {
            readVersion6(packet)
        }
    }

    private mutating func readVersion4(_ packet: UnsafeRawBufferPointer) {
        transport = packet[9]
        source.0 = UInt64(packet.loadUnaligned(fromByteOffset: 12, as: UInt32.self).bigEndian)
        destination.0 = UInt64(packet.loadUnaligned(fromByteOffset: 16, as: UInt32.self).bigEndian)
        let fragmentOffset = packet.loadUnaligned(fromByteOffset: 6, as: UInt16.self).bigEndian & 0x1FFF
        if fragmentOffset == 0 { readPorts(packet, at: Int(packet[0] & 15) * 4) }
    }

    private mutating func readVersion6(_ packet: UnsafeRawBufferPointer) {
        transport = packet[6]
        func word(_ offset: Int) -> UInt64 { packet.loadUnaligned(fromByteOffset: offset, as: UInt64.self).bigEndian }
        source = (word(8), word(16))
        destination = (word(24), word(32))
        readPorts(packet, at: 40)
    }

    /// TCP, UDP and SCTP begin with them.
    private mutating func readPorts(_ packet: UnsafeRawBufferPointer, at offset: Int) {
        guard [6, 17, 132].contains(transport), packet.count >= offset + 4 else { return }
        sourcePort = packet.loadUnaligned(fromByteOffset: offset, as: UInt16.self).bigEndian
        destinationPort = packet.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self).bigEndian
    }

    package var sourceAddress: String { text(source) }
    package var destinationAddress: String { text(destination) }

    package var transportName: String {
        switch transport {
        case 1: "icmp"
        case 6: "tcp"
        case 17: "udp"
        case 58: "icmpv6"
        default: "\(transport)"
        }
    }

    private func text(_ address: (UInt64, UInt64)) -> String {
        if version == 4 { return (0..<4).map { "\(address.0 >> (24 - 8 * UInt64($0)) & 255)" }.joined(separator: ".") }
        var bytes = (address.0.bigEndian, address.1.bigEndian)
        var text = [CChar](repeating: 0, count: 64)
        guard version == 6, inet_ntop(AF_INET6, &bytes, &text, 64) != nil else { return "" }
        return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.source == right.source && left.destination == right.destination
            && left.sourcePort == right.sourcePort && left.destinationPort == right.destinationPort
            && left.transport == right.transport && left.version == right.version
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(source.0)
        hasher.combine(source.1)
        hasher.combine(destination.0)
        hasher.combine(destination.1)
        hasher.combine(UInt32(sourcePort) << 16 | UInt32(destinationPort))
        hasher.combine(transport)
    }
}
