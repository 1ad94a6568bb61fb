import SimulatedMachines
import Testing

@Suite("RTU framing")
struct RTUFramingTests {
    private let read: [UInt8] = [0x01, 0x03, 0x00, 0x00, 0x00, 0x0A, 0xC5, 0xCD]

    private func progress(_ bytes: [UInt8]) -> RTUFraming.Progress {
        bytes.withUnsafeBufferPointer { RTUFraming.progress(of: $0) }
    }

    private func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let check = CRC16.of(bytes)
        return bytes + [UInt8(check & 0xFF), UInt8(check >> 8)]
    }

    @Test("waits for the rest of a frame that comes in pieces")
    func pieces() {
        for length in 0..<read.count { #expect(progress(Array(read.prefix(length))) == .partial) }
        #expect(progress(read) == .frame(length: 8))
    }

    @Test("takes the first of two frames that come together")
    func together() { #expect(progress(read + read) == .frame(length: 8)) }

    @Test("calls a frame with a wrong check broken")
    func wrongCheck() { #expect(progress(read.dropLast() + [0xCE]) == .broken) }

    @Test("knows the length of a write from its byte count")
    func writeLength() {
        let write = sealed([0x01, 0x10, 0x00, 0x01, 0x00, 0x02, 0x04, 0x00, 0x0A, 0x01, 0x02])
        #expect(progress(write) == .frame(length: 13))
        #expect(progress(Array(write.prefix(7))) == .partial)
    }

    @Test("knows the length of function 23, and waits where its byte count is not there yet")
    func readWriteLength() {
        let request = sealed([1, 0x17, 0, 3, 0, 6, 0, 14, 0, 1, 2, 0, 255])
        for length in 0..<request.count { #expect(progress(Array(request.prefix(length))) == .partial) }
        #expect(progress(request) == .frame(length: 15))
    }

    @Test("finds the end of a function it does not know by the check")
    func unknownFunction() {
        #expect(progress(sealed([0x01, 0x2B, 0x0E, 0x01, 0x00])) == .frame(length: 7))
    }

    @Test("gives noise up once it is longer than any frame")
    func noise() {
        #expect(progress([UInt8](repeating: 0x55, count: RTUFraming.longest)) == .broken)
    }
}
