import FieldGateTesting
import FieldModel
import Testing

@testable import Telemetry

@Suite("The poller of a bus")
struct BusPollerTests {
    private func single(_ addresses: [Int] = [0, 10, 20]) -> PollerBench {
        let bench = PollerBench([.blocks(addresses, of: "loader", unit: 1, every: .seconds(1))])
        for address in addresses { bench.bus.set([UInt16(address + 1)], unit: 1, at: UInt16(address)) }
        return bench
    }

    @Test("A turn makes one transaction at most, and the last one of a poll brings its batch")
    func oneAtATime() {
        let bench = single()
        #expect(bench.turn() == 1)
        #expect(bench.turn() == 1)
        #expect(bench.batches.isEmpty)
        #expect(bench.turn() == 1)
        #expect(bench.batches.count == 1)
        #expect(bench.batches.first?.batch.readings == [.good(.integer(1)), .good(.integer(11)), .good(.integer(21))])
        for _ in 0..<100 { #expect(bench.turn() <= 1) }
    }

    @Test("Polls stay on their grid for an hour")
    func grid() {
        let bench = single()
        let start = bench.time.utc()
        bench.run(for: .seconds(3600))
        let batches = bench.batches(of: "loader")
        #expect(batches.count == 3600)
        for (index, batch) in batches.enumerated() {
            // 2 ms: the stamp is taken when the first answer is there.
            #expect(batch.time.microseconds == start.microseconds + Int64(index) * 1_000_000 + 2000)
        }
        #expect(bench.report.overruns == 0)
        #expect(bench.report.transactions == 3 * 3600)
        #expect(bench.report.values == 3 * 3600)
    }

    @Test("An exception makes one block bad, and the device degraded")
    func exception() {
        let bench = single()
        bench.bus.script = { call in
            if case .read(let request) = call, request.address == 10 { .exception(2) } else { nil }
        }
        bench.run(for: .seconds(3))
        #expect(
            bench.batches.first?.batch.readings == [.good(.integer(1)), .bad(.exception(2)), .good(.integer(21))])
        #expect(bench.batches.count == 3)
        #expect(
            bench.changes == [
                PollerBench.Change(
                    device: "loader", state: .degraded, problem: "holding 10: exception 2 (illegal data address)")
            ])
        #expect(bench.report.devices["loader"]?.failures == 3)
    }

    @Test("A unit that misses an answer is not asked for the rest of that poll")
    func missedAnswer() {
        let bench = single()
        bench.bus.silent = [1]
        #expect(bench.turn() == 1)
        #expect(bench.batches.first?.batch.readings == [.bad(.timeout), .bad(.timeout), .bad(.timeout)])
        #expect(bench.changes.map(\.state) == [.bad])
        #expect(bench.changes.first?.problem == "holding 0: no answer in time")
        bench.run(for: .seconds(120))
        #expect(bench.batches.count == 1)
        #expect(bench.changes.count == 1)
        bench.bus.silent = []
        bench.run(for: .seconds(20))
        #expect(bench.changes.map(\.state) == [.bad, .good])
        #expect(bench.changes.last?.problem == nil)
        #expect(bench.batches.last?.batch.readings.first == .good(.integer(1)))
    }

    @Test("A silent unit costs its neighbours at most one timeout a probe, and probes become rare")
    func silentNeighbour() {
        let groups = (1...3).map { unit in
            GroupPoll.blocks([0, 10], of: "d\(unit)", unit: UInt8(unit), every: .milliseconds(100))
        }
        let bench = PollerBench(groups, phases: [.zero, .milliseconds(30), .milliseconds(60)])
        for unit in [1, 3] as [UInt8] {
            bench.bus.set([1], unit: unit, at: 0)
            bench.bus.set([1], unit: unit, at: 10)
        }
        bench.run(for: .seconds(120))
        let probes = bench.bus.reads.filter { $0.unit == 2 }.count
        // 2 polls, then probes after 0.25–0.5 s, doubling up to 5–10 s.
        #expect(probes >= 14 && probes <= 32)
        for device in ["d1", "d3"] {
            let batches = bench.batches(of: device)
            #expect(batches.count >= 1200 - probes * 6)
            let gaps = zip(batches, batches.dropFirst()).map { $0.monotonic.duration(to: $1.monotonic) }
            #expect(gaps.allSatisfy { $0 < PollerBench.timeout + .milliseconds(200) })
        }
        #expect(bench.batches(of: "d2").count == 1)
        #expect(
            bench.report.lateness.total == Int64(
                bench.report.devices.filter { $0.key != "d2" }.values.map(\.polls).reduce(0, +)) + 2)
    }

    @Test("Two groups of a silent unit share its probes")
    func sharedProbes() {
        let bench = PollerBench([
            .blocks([0], of: "d", unit: 1, group: "fast", every: .milliseconds(100)),
            .blocks([10], of: "d", unit: 1, group: "slow", every: .milliseconds(100)),
        ])
        bench.run(for: .seconds(60))
        #expect(bench.bus.reads.count < 25)
    }

    @Test("A unit that falls silent takes all its groups with it, and all are polled at once when it answers again")
    func silenceOfAllGroups() {
        let bench = PollerBench([
            .blocks([0], of: "d", unit: 1, group: "fast", every: .milliseconds(200), layout: 1),
            .blocks([10], of: "d", unit: 1, group: "rare", every: .seconds(300), layout: 2),
        ])
        bench.bus.set([1], unit: 1, at: 0)
        bench.bus.set([1], unit: 1, at: 10)
        bench.run(for: .seconds(2))
        bench.forget()
        bench.bus.silent = [1]
        bench.run(for: .seconds(20))
        #expect(bench.batches.map(\.batch.layout) == [1, 2])
        #expect(bench.batches.allSatisfy { $0.batch.readings == [.bad(.timeout)] })
        #expect(bench.changes.map(\.state) == [.degraded, .bad])
        bench.forget()
        bench.bus.silent = []
        bench.run(for: .seconds(12))
        #expect(bench.batches.filter { $0.batch.layout == 2 }.map(\.batch.readings) == [[.good(.integer(1))]])
        #expect(bench.changes.map(\.state) == [.degraded, .good])
        // The forgiven timeout of 500 ms took a grid point; the silence took none.
        #expect(bench.report.overruns == 1)
    }

    @Test("A device of which one group fails as a whole is degraded, and that is told once")
    func oneBadGroup() {
        let bench = PollerBench([
            .blocks([0], of: "d", unit: 1, group: "fast", every: .seconds(1)),
            .blocks([10], of: "d", unit: 1, group: "slow", every: .seconds(1)),
        ])
        bench.bus.set([1], unit: 1, at: 0)
        bench.run(for: .seconds(60))
        #expect(bench.changes.last?.state == .degraded)
        #expect(bench.changes.count <= 2)
        #expect(bench.report.devices["d"]?.problem == "holding 10: exception 2 (illegal data address)")
        bench.bus.set([1], unit: 1, at: 10)
        bench.run(for: .seconds(5))
        #expect(bench.changes.last == PollerBench.Change(device: "d", state: .good, problem: nil))
        #expect(bench.changes.count <= 3)
    }

    @Test("A poll that takes longer than its period leaves grid points out, and counts them")
    func overruns() {
        let bench = PollerBench([.blocks([0, 10, 20], of: "d", unit: 1, every: .milliseconds(4))])
        for address in [0, 10, 20] as [UInt16] { bench.bus.set([1], unit: 1, at: address) }
        bench.run(for: .seconds(6))
        // 6 ms for a poll: 1000 of the 1500 grid points.
        #expect(abs(bench.batches.count - 1000) <= 1)
        #expect(abs(bench.report.overruns - 500) <= 1)
    }
}
