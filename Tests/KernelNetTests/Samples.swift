import FieldModel

/// Plans the tests use.
enum Samples {
    static let two = NetworkPlan(
        paths: [
            .init(id: "first", device: "wwan0", gateway: "10.1.0.1", table: 101, rate: .megabits(20)),
            .init(id: "second", device: "wwan1", gateway: nil, table: 102, rate: nil),
        ],
        cameras: [.init(id: "gate", address: "192.168.7.20", limit: .megabits(4))], cameraDevice: "cam0",
        bulkPath: "first")
}
