import FieldModel
import Testing

@testable import FlowTracking

@Suite("A message of connection tracking")
struct FlowMessageTests {
    private static func attribute(_ type: UInt16, _ content: [UInt8]) -> [UInt8] {
        let length = UInt16(4 + content.count)
        let padding = [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
        return [UInt8(length & 0xFF), UInt8(length >> 8), UInt8(type & 0xFF), UInt8(type >> 8)] + content + padding
    }

    private static func nested(_ type: UInt16, _ content: [UInt8]) -> [UInt8] { attribute(type | 0x8000, content) }

    private static func number(_ value: UInt64, bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (bytes - 1 - $0))) }
    }

    private static func tuple(_ transport: UInt8, _ addresses: [UInt8], ports: (UInt64, UInt64)) -> [UInt8] {
        let protocolParts = [
            attribute(1, [transport]), attribute(2, number(ports.0, bytes: 2)), attribute(3, number(ports.1, bytes: 2)),
        ]
        return nested(1, addresses) + nested(2, Array(protocolParts.joined()))
    }

    private static func counts(_ bytes: UInt64, _ packets: UInt64) -> [UInt8] {
        attribute(1, number(packets, bytes: 8)) + attribute(2, number(bytes, bytes: 8))
    }

    /// Header, then what is read among what is not: status (3), time to live (7), use (11), labels (22).
    private static func message(_ transport: UInt8, v6: Bool = false) -> [UInt8] {
        let near: [UInt8] = v6 ? Array(1...16) : [10, 0, 0, 1]
        let far: [UInt8] = v6 ? Array(101...116) : [203, 0, 113, 9]
        let kinds: (UInt16, UInt16) = v6 ? (3, 4) : (1, 2)
        let times = [attribute(1, number(1_795_161_600_000_000_001, bytes: 8)), attribute(2, number(9, bytes: 8))]
        let parts: [[UInt8]] = [
            [UInt8](repeating: 0xEE, count: 20),
            nested(1, tuple(transport, attribute(kinds.0, near) + attribute(kinds.1, far), ports: (40_000, 443))),
            nested(2, tuple(transport, attribute(kinds.0, far) + attribute(kinds.1, near), ports: (443, 40_000))),
            attribute(3, [0, 0, 1, 0x8E]), attribute(7, [0, 0, 0, 30]),
            nested(9, counts(5_000_000_000, 4_000_000)), nested(10, counts(7, 1)),
            nested(20, Array(times.joined())), attribute(8, [0, 2, 0, 0x30]), attribute(12, [0xF0, 1, 2, 3]),
            attribute(11, [0, 0, 0, 1]), attribute(22, [UInt8](repeating: 0xFF, count: 16)),
        ]
        return Array(parts.joined())
    }

    private func read(_ bytes: [UInt8]) -> Flow? { bytes.withUnsafeBytes { Flow(message: $0) } }

    @Test("is read whole, and what is not needed is passed over", arguments: [false, true])
    func whole(v6: Bool) throws {
        let flow = try #require(read(Self.message(6, v6: v6)))
        let near: [UInt8] = v6 ? Array(1...16) : [10, 0, 0, 1]
        let far: [UInt8] = v6 ? Array(101...116) : [203, 0, 113, 9]
        #expect(
            flow
                == Flow(
                    id: 0xF001_0203, start: 1_795_161_600_000_000_001, stop: 9, mark: 0x0002_0030,
                    original: Flow.Tuple(
                        transport: 6, source: near, destination: far, sourcePort: 40_000, destinationPort: 443),
                    reply: Flow.Tuple(
                        transport: 6, source: far, destination: near, sourcePort: 443, destinationPort: 40_000),
                    sent: Flow.Count(bytes: 5_000_000_000, packets: 4_000_000),
                    received: Flow.Count(bytes: 7, packets: 1)))
    }

    @Test("of a protocol without ports has none")
    func portless() throws {
        let flow = try #require(read(Self.message(1)))
        #expect(flow.original.sourcePort == 0 && flow.reply.destinationPort == 0 && flow.original.transport == 1)
    }

    @Test("that is cut off anywhere, or says wrong lengths, is read no further than it goes")
    func damaged() {
        let whole = Self.message(17)
        for length in 0..<whole.count { _ = read(Array(whole.prefix(length))) }
        for place in 20..<whole.count {
            for value: UInt8 in [0, 1, 3, 4, 0xFF] {
                var bytes = whole
                bytes[place] = value
                _ = read(bytes)
            }
        }
        #expect(read([]) == nil && read([UInt8](repeating: 0, count: 20)) == nil)
        #expect(read([UInt8](repeating: 0, count: 40)) == nil)
    }
}
