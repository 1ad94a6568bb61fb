import FieldGateTesting
import FieldModel
import Testing

@testable import Telemetry

@Suite("The poller of a bus without its bus")
struct BusConnectionTests {
    private func bench() -> PollerBench {
        let bench = PollerBench([
            .blocks([0, 10], of: "a", unit: 1, every: .seconds(1)), .blocks([0], of: "b", unit: 2, every: .seconds(5)),
        ])
        for unit in [1, 2] as [UInt8] {
            bench.bus.set([1], unit: unit, at: 0)
            bench.bus.set([1], unit: unit, at: 10)
        }
        return bench
    }

    private func connects(_ bench: PollerBench) -> Int { bench.bus.calls.filter { $0 == .connect }.count }

    @Test("Every device is told once that the bus is not there")
    func toldOnce() {
        let bench = bench()
        bench.bus.connectFault = .disconnected("refused")
        bench.run(for: .seconds(300))
        #expect(bench.changes.map(\.device) == ["a", "b"])
        #expect(bench.changes.allSatisfy { $0.state == .bad && $0.problem == "not connected: refused" })
        #expect(bench.batches(of: "a").map(\.readings) == [[.bad(.disconnected), .bad(.disconnected)]])
        #expect(bench.batches(of: "b").map(\.readings) == [[.bad(.disconnected)]])
        #expect(!bench.report.connected)
        #expect(bench.bus.reads.isEmpty)
    }

    @Test("Connecting is tried at growing distances, every ten seconds at most, five at least")
    func backsOff() {
        let bench = bench()
        bench.bus.connectFault = .disconnected("refused")
        bench.run(for: .seconds(20))
        let early = connects(bench)
        #expect(early >= 6 && early <= 12)
        bench.run(for: .seconds(280))
        let late = connects(bench) - early
        #expect(late >= 27 && late <= 57)
    }

    @Test("When the bus is back, everything is polled and told again, and the next outage starts with short waits")
    func recovery() {
        let bench = bench()
        bench.bus.connectFault = .disconnected("refused")
        bench.run(for: .seconds(120))
        bench.forget()
        bench.bus.connectFault = nil
        bench.run(for: .seconds(16))
        #expect(Set(bench.changes.map(\.device)) == ["a", "b"])
        #expect(bench.changes.allSatisfy { $0.state == .good })
        #expect(bench.report.connected)
        #expect(bench.batches(of: "a").last?.readings == [.good(.integer(1)), .good(.integer(1))])
        #expect(bench.report.overruns == 0)
        bench.bus.connectFault = .disconnected("refused")
        bench.bus.cut()
        bench.forget()
        bench.run(for: .seconds(4))
        #expect(connects(bench) >= 3)
    }

    @Test("A line cut in the middle of a poll spoils that poll, and it is tried again soon")
    func cutInTheMiddle() {
        let bench = bench()
        bench.turn()
        bench.bus.cut()
        bench.turn()
        #expect(bench.batches(of: "a").first?.readings == [.good(.integer(1)), .bad(.disconnected)])
        #expect(bench.batches(of: "a").last?.readings == [.bad(.disconnected), .bad(.disconnected)])
        #expect(!bench.report.connected)
        bench.run(for: .seconds(6))
        #expect(bench.report.connected)
        #expect(bench.report.devices.values.allSatisfy { $0.state == .good })
        #expect(connects(bench) == 2)
    }

    @Test("An answer to another question spoils one poll; the connection is made anew, and the neighbours go on")
    func wrongAnswer() {
        let bench = bench()
        var once = true
        bench.bus.script = { call in
            guard once, case .read = call else { return nil }
            once = false
            return .protocolViolation("unit 9 for 1")
        }
        bench.run(for: .seconds(3))
        #expect(
            bench.batches(of: "a").first?.readings == [.bad(.protocolViolation), .bad(.protocolViolation)])
        #expect(bench.batches(of: "a").last?.readings == [.good(.integer(1)), .good(.integer(1))])
        #expect(bench.batches(of: "b").allSatisfy { $0.readings == [.good(.integer(1))] })
        #expect(connects(bench) == 2)
    }
}
