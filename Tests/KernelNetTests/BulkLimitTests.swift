import FieldModel
import JSONText
import KernelNet
import Testing

@Suite("A limit of bulk")
struct BulkLimitTests {
    private let cameras = [
        NetworkPlan.Camera(id: "front", address: "192.0.2.10", limit: .megabits(4)),
        NetworkPlan.Camera(id: "rear", address: "192.0.2.11", limit: .kilobits(100)),
    ]

    @Test("holds bulk and cameras together, and leaves control and telemetry alone")
    func classes() {
        let free = Shaper(device: "wwan0", rate: .megabits(20), cameras: cameras)
        let slow = Shaper(device: "wwan0", rate: .megabits(20), cameras: cameras, bulk: .kilobits(500))
        func ceil(_ shaper: Shaper, _ minor: Int) -> Int64? { shaper.classes.first { $0.minor == minor }?.ceil }
        func rate(_ shaper: Shaper, _ minor: Int) -> Int64? { shaper.classes.first { $0.minor == minor }?.rate }
        for minor in [1, Shaper.control, Shaper.telemetry] {
            #expect(ceil(slow, minor) == 20_000)
            #expect(rate(slow, minor) == rate(free, minor))
        }
        #expect(ceil(slow, 3) == 500 && rate(slow, 3) == 500)
        #expect(ceil(slow, Shaper.bulk) == 500)
        #expect(ceil(slow, Shaper.cameraMinor(0)) == 500)
        #expect(ceil(slow, Shaper.cameraMinor(1)) == 100)
        let leaves = [Shaper.bulk, Shaper.cameraMinor(0), Shaper.cameraMinor(1)].compactMap { rate(slow, $0) }
        #expect(leaves.reduce(0, +) <= 500)
        #expect(ceil(free, Shaper.bulk) == 20_000)
    }

    @Test("is part of the plan's document")
    func document() throws {
        var plan = NetworkPlan(paths: [.init(id: "a", device: "wwan0", gateway: nil, table: 101, rate: .megabits(20))])
        plan.paths[0].bulk = .kilobits(500)
        var json = JSONWriter()
        PlanDocument.write(plan, to: &json)
        #expect(try PlanDocument.read(JSONReader.read(json.text)) == plan)
    }
}
