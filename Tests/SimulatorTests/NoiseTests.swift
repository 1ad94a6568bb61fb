import SimulatedMachines
import SimulatorKit
import Testing

@Suite("Noise")
struct NoiseTests {
    @Test("gets an answer of a legal length from every bank, whatever the request is")
    func randomRequests() {
        var random = Randomness(seed: 99)
        let server = ModbusServer(bank: ExampleBank())
        let bench = Bench(InspectionDrone.self)
        for _ in 0..<20_000 {
            let request = Self.request(&random)
            #expect((2...253).contains(server.answer(request).count))
            #expect((2...253).contains(bench.ask(request).pdu.count))
        }
    }

    @Test("never makes RTU framing read past what is there")
    func randomFrames() {
        var random = Randomness(seed: 7)
        for _ in 0..<5_000 {
            let bytes = (0..<Int(random.next() % 300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let progress = bytes.withUnsafeBufferPointer { RTUFraming.progress(of: $0) }
            if case .frame(let length) = progress { #expect(length <= bytes.count) }
        }
    }

    /// A known function with random contents, small addresses more often than not.
    private static func request(_ random: inout Randomness) -> [UInt8] {
        let functions: [UInt8] = [1, 2, 3, 4, 5, 6, 15, 16, 22, 23, UInt8(truncatingIfNeeded: random.next())]
        let function = functions[Int(random.next() % UInt64(functions.count))]
        let length = Int(random.next() % 252)
        var bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for index in [0, 2] where index < length && random.next() % 4 != 0 { bytes[index] = 0 }
        return [function] + bytes
    }
}
