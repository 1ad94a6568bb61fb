import SimulatedLink
import Testing

@Suite("A camera's stream")
struct CameraTests {
    private func packet(_ sequence: UInt16, frame: UInt32 = 0, of count: UInt16 = 1, at time: Int64 = 0) -> RTPPacket {
        RTPPacket(
            sequence: sequence, timestamp: frame, source: 1, isLast: true, captured: time, framePackets: count,
            index: 0)
    }

    @Test("A header comes back from its bytes, and other bytes are no header")
    func header() {
        let packet = RTPPacket(
            sequence: 0xFEDC, timestamp: 0x1234_5678, source: 0xCAFE_F00D, isLast: true, captured: 987_654_321_012,
            framePackets: 12, index: 11)
        #expect(packet.header.count == RTPPacket.headerBytes)
        #expect(RTPPacket(packet.header) == packet)
        #expect(RTPPacket([0x80, 96]) == nil)
        #expect(RTPPacket([UInt8](repeating: 0x90, count: 40)) == nil)
    }

    @Test("The encoder keeps its mean rate, and key frames are about eight times the others")
    func pattern() {
        var pattern = VideoPattern(rate: 1_100_000, framesPerSecond: 25, keyEvery: 2_000_000_000, seed: 1)
        let frames = (0..<25_000).map { _ in pattern.next() }
        let rate = Double(frames.reduce(0) { $0 + $1.bytes } * 8) / 1000
        #expect(abs(rate - 1_100_000) < 11_000)
        let keys = frames.filter(\.isKey)
        #expect(keys.count == 500)
        let mean = Double(frames.filter { !$0.isKey }.reduce(0) { $0 + $1.bytes }) / 24_500
        #expect(abs(Double(keys.reduce(0) { $0 + $1.bytes }) / 500 / mean - 8) < 0.3)
    }

    @Test("Loss, order, duplicates and latency are counted across the wrap of the sequence numbers")
    func reception() {
        var reception = Reception()
        for (number, sequence) in [65_534, 65_535, 1, 0, 0, 4].enumerated() {
            reception.receive(packet(UInt16(sequence), frame: UInt32(sequence), at: 0), bytes: 100, at: Int64(number))
        }
        #expect(reception.packets == 6 && reception.bytes == 600)
        #expect(reception.lost == 2)
        #expect(reception.outOfOrder == 1 && reception.duplicates == 1)
        #expect(reception.wholeFrames == 5)
        #expect(reception.latency.largest == 5)
    }

    @Test("A frame is whole with its last missing packet, whichever that is")
    func frames() {
        var reception = Reception()
        for sequence in [0, 2, 3] { reception.receive(packet(UInt16(sequence), of: 4), bytes: 100, at: 10) }
        #expect(reception.wholeFrames == 0 && reception.openFrames == 1)
        reception.receive(packet(1, of: 4), bytes: 100, at: 20)
        #expect(reception.wholeFrames == 1 && reception.openFrames == 0)
        #expect(reception.latency.largest == 20)
    }
}
