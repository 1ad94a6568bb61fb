import Foundation
import SimulatedMachines
import SimulatorKit
import Testing

@Suite("A fleet")
struct FleetTests {
    private func plan(devices: Int = 2) -> FleetPlan {
        var plan = FleetPlan()
        (plan.devices, plan.port, plan.registers) = (devices, 0, 300)
        return plan
    }

    private func read(_ device: FleetDevice, _ request: [UInt8], unit: UInt8 = 1) -> [UInt8] {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 260) { reply in
            let answer = request.withUnsafeBufferPointer {
                device.answer(unit: unit, $0, over: .tcp, into: reply.baseAddress!)
            }
            return Array(reply[0..<(answer?.length ?? 0)])
        }
    }

    private func registers(_ reply: [UInt8]) -> [UInt16] {
        stride(from: 2, to: reply.count, by: 2).map { UInt16(reply[$0]) << 8 | UInt16(reply[$0 + 1]) }
    }

    @Test("counts in register 0 each request that covers it, and no other")
    func counter() {
        let device = FleetDevice(number: 0, plan: plan(), writes: WriteLog())
        #expect(registers(read(device, [3, 0, 0, 0, 1])) == [1])
        _ = read(device, [3, 0, 1, 0, 100])
        #expect(registers(read(device, [3, 0, 0, 0, 2])).first == 2)
        #expect(device.statistics.readings == 2)
        #expect(device.statistics.registersRead == 103)
    }

    @Test("changes every other register with the counter, from a base that can be computed")
    func values() {
        let device = FleetDevice(number: 3, plan: plan(), writes: WriteLog())
        _ = read(device, [3, 0, 0, 0, 125])
        let words = registers(read(device, [3, 0, 125, 0, 125]))
        let expected = (125..<250).map { FleetDevice.base(seed: 1, device: 3, address: $0) &+ 1 }
        #expect(words == expected)
    }

    @Test("keeps all but register 0 still with seed 0")
    func still() {
        var plan = plan()
        plan.seed = 0
        let device = FleetDevice(number: 0, plan: plan, writes: WriteLog())
        let first = registers(read(device, [3, 0, 0, 0, 10]))
        let second = registers(read(device, [3, 0, 0, 0, 10]))
        #expect(first.dropFirst() == second.dropFirst())
        #expect(second[0] == 2)
    }

    @Test("has the registers it was given and the writable one, and no more")
    func addresses() {
        let device = FleetDevice(number: 0, plan: plan(), writes: WriteLog())
        #expect(read(device, [3, 1, 43, 0, 1]).first == 3)
        #expect(read(device, [3, 1, 43, 0, 2]) == [0x83, 2])
        #expect(read(device, [4, 0, 0, 0, 1]) == [0x84, 2])
        #expect(read(device, [6, 0, 0, 0, 1]) == [0x86, 2])
        #expect(read(device, [3, 0, 0, 0, 1], unit: 9) == [0x83, 0x0B])
    }

    @Test("logs writes with device and value until a report takes them")
    func writes() throws {
        let reactor = try Reactor()
        let fleet = try Fleet(plan(), reactor: reactor)
        defer { fleet.shutDown() }
        #expect(read(fleet.devices[1], [6, 0x9C, 0x40, 0, 77]) == [6, 0x9C, 0x40, 0, 77])
        #expect(registers(read(fleet.devices[1], [3, 0x9C, 0x40, 0, 1])) == [77])
        let before = Reactor.now
        let report = try #require(
            JSONSerialization.jsonObject(with: Data(fleet.takeReport().text.utf8)) as? [String: Any])
        let write = try #require((report["writes"] as? [[String: Any]])?.first)
        #expect(write["device"] as? Int == 1)
        #expect(write["value"] as? Int == 77)
        #expect(try #require(write["t_ns"] as? Int64) <= before)
        #expect(fleet.report.text.contains(#""writes":[]"#))
        #expect(fleet.obey("reset") == .done)
        #expect(fleet.report.text.contains(#""requests":0"#))
    }

    @Test("leaves one device's requests unanswered when told to")
    func silence() throws {
        let fleet = try Fleet(plan(), reactor: try Reactor())
        #expect(fleet.obey("silent 1") == .done)
        #expect(read(fleet.devices[1], [3, 0, 0, 0, 1]).isEmpty)
        #expect(!read(fleet.devices[0], [3, 0, 0, 0, 1]).isEmpty)
        #expect(fleet.obey("answer") == .done)
        #expect(!read(fleet.devices[1], [3, 0, 0, 0, 1]).isEmpty)
        #expect(fleet.obey("silent 2").text.contains("accepted"))
    }
}

@Suite("Interval statistics")
struct IntervalTests {
    @Test("give quantiles within 0.1 % and the longest exactly")
    func quantiles() throws {
        var histogram = IntervalHistogram()
        for milliseconds in 1...1_000 { histogram.add(Int64(milliseconds) * 1_000_000) }
        let median = try #require(histogram.quantile(0.5))
        #expect(abs(Double(median) / 500e6 - 1) < 0.001)
        let high = try #require(histogram.quantile(0.99))
        #expect(abs(Double(high) / 990e6 - 1) < 0.001)
        #expect(histogram.longest == 1_000_000_000)
        #expect(histogram.quantile(1) == 1_000_000_000)
    }

    @Test("take the shortest and the longest durations there are")
    func extremes() {
        var histogram = IntervalHistogram()
        histogram.add(-5)
        histogram.add(.max)
        #expect(histogram.count == 2)
        #expect(histogram.longest == .max)
        #expect(IntervalHistogram().quantile(0.5) == nil)
    }

    @Test("measure interval, deviation and drift against the period")
    func readings() {
        var statistics = ReadingStatistics(period: 100_000_000)
        for time in [0, 100, 205, 300, 402] as [Int64] { statistics.arrived(at: time * 1_000_000) }
        #expect(statistics.readings == 5)
        #expect(statistics.deviations.longest == 5_000_000)
        #expect(statistics.members.contains(JSON.Member(name: "drift_us", value: .number(500))))
    }
}
