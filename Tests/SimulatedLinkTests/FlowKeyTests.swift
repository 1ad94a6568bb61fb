import SimulatedLink
import Testing

@Suite("The flow of a packet")
struct FlowKeyTests {
    private func key(_ bytes: [UInt8]) -> FlowKey { bytes.withUnsafeBytes { FlowKey($0) } }

    /// UDP 10.64.0.2:1000 to 10.99.0.10:5004.
    private let udp: [UInt8] =
        [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 64, 0, 2, 10, 99, 0, 10] + [3, 0xE8, 0x13, 0x8C, 0, 8, 0, 0]

    @Test("Addresses, protocol and ports are read")
    func version4() {
        let key = key(udp)
        #expect(key.sourceAddress == "10.64.0.2" && key.destinationAddress == "10.99.0.10")
        #expect(key.sourcePort == 1000 && key.destinationPort == 5004 && key.transportName == "udp")
    }

    @Test("A later fragment has no ports")
    func fragment() {
        var bytes = udp
        bytes[7] = 100
        #expect(key(bytes).sourcePort == 0)
        #expect(key(bytes).sourceAddress == "10.64.0.2")
    }

    @Test("IP version 6 is read too")
    func version6() {
        let source: [UInt8] = [0xFD] + [UInt8](repeating: 0, count: 14) + [1]
        let target: [UInt8] = [0xFD] + [UInt8](repeating: 0, count: 14) + [2]
        let key = key([0x60, 0, 0, 0, 0, 8, 6, 64] + source + target + [0, 80, 0, 81])
        #expect(key.sourceAddress == "fd00::1" && key.destinationAddress == "fd00::2")
        #expect(key.destinationPort == 81 && key.transportName == "tcp")
    }

    @Test("Every packet cut short is taken without a fault")
    func short() {
        for length in 0..<udp.count { _ = key(Array(udp.prefix(length))) }
        #expect(key([0x4F] + udp.dropFirst()).sourcePort == 0)
    }
}
