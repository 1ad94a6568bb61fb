import FieldModel

/// Connections as the tests need them.
enum Samples {
    static func flow(_ number: Int, start: UInt64? = nil, stop: UInt64? = nil, bytes: UInt64 = 0) -> Flow {
        let port = UInt16(truncatingIfNeeded: 1024 + number)
        return Flow(
            id: UInt32(number), start: start ?? UInt64(number) * 1000, stop: stop, mark: 0x0002_0010,
            original: Flow.Tuple(
                transport: 17, source: [10, 77, 0, 2], destination: [10, 77, 0, 1], sourcePort: port,
                destinationPort: 9),
            reply: Flow.Tuple(
                transport: 17, source: [10, 77, 0, 1], destination: [10, 77, 0, 2], sourcePort: 9,
                destinationPort: port), sent: Flow.Count(bytes: bytes, packets: 3),
            received: Flow.Count(bytes: 7, packets: 1))
    }

    static let wide = Flow(
        id: .max, start: .max, stop: 5, mark: .max,
        original: Flow.Tuple(
            transport: 6, source: Array(1...16), destination: Array(17...32), sourcePort: 65_535, destinationPort: 1),
        reply: Flow.Tuple(
            transport: 6, source: Array(33...48), destination: Array(49...64), sourcePort: 1, destinationPort: 65_535),
        sent: Flow.Count(bytes: .max, packets: .max), received: Flow.Count(bytes: 1 << 53, packets: 1))

    static let plan = NetworkPlan(
        paths: [
            .init(id: "first", device: "wwan0", gateway: "10.77.0.1", table: 101, rate: .megabits(200)),
            .init(id: "second", device: "wwan1", gateway: "10.78.0.1", table: 102, rate: nil),
        ],
        cameras: [.init(id: "gate", address: "192.168.7.20", limit: .megabits(100))], cameraDevice: "cam0",
        bulkPath: "first")
}
