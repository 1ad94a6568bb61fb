import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct PropertyTests {
    /// What goes wrong.
    enum Trouble: CaseIterable {
        /// The process is killed wherever it stands.
        case killed
        /// The firewall's counters begin anew. With a crash before the next record, too, nobody could tell what they
        /// had shown: that is in no connection then, and has no name.
        case counters
    }

    /// Connections start, send with and without offload, receive, end; ids and ports are used again.
    @Test(arguments: 0..<100, Trouble.allCases)
    func whateverHappensEveryByteIsRecordedOnce(seed: Int, trouble: Trouble) {
        var random = SeededRandom(seed: UInt64(seed) + 1)
        let bench = MeterBench { $0.idleAfter = .seconds(60) }
        for _ in 0..<400 { step(bench, &random, trouble) }
        bench.finish()
        bench.check()
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
        #expect(bench.billedDown == Int64(bench.kernel.truthDown))
        #expect(bench.unattributedDown == Int64(bench.kernel.strayDown))
        // Every stray byte has its name, whatever died in between, and every probe is in one connection.
        let names = StrayTraffic.allCases.filter { !$0.isBesideIP }.map(\.rawValue)
        #expect(names.reduce(0) { $0 + bench.named($1 + "_up") } == Int64(bench.kernel.strayUp))
        #expect(names.reduce(0) { $0 + bench.named($1 + "_dn") } == Int64(bench.kernel.strayDown))
        #expect(bench.named("arp_up") == Int64(bench.kernel.arps) * 28)
        #expect(bench.gathered.reduce(0) { $0 + ($1.volume?.deltaUp ?? 0) } == Int64(bench.kernel.probedUp))
        #expect(bench.gathered.reduce(0) { $0 + ($1.volume?.deltaDown ?? 0) } == Int64(bench.kernel.probedDown))
        #expect(Set(bench.gathered.compactMap(\.connection?.start)).count <= 1)
    }

    /// The shaper throws away, and connections end before it shows: what was recorded too much is taken back.
    @Test(arguments: 0..<100)
    func whatTheShaperThrowsAwayIsNeverBilled(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed) + 1)
        let bench = MeterBench { $0.idleAfter = .seconds(60) }
        for number in 0..<400 {
            step(bench, &random)
            let count = bench.kernel.live.count
            guard number % 5 == 0, count > 0 else { continue }
            bench.kernel.send(
                .random(in: 0..<count, using: &random), .random(in: 1...100_000, using: &random), dropped: true)
        }
        bench.finish()
        bench.check()
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
        #expect(bench.billedDown == Int64(bench.kernel.truthDown))
        var net: [UInt64: Int64] = [:]
        for entry in bench.ledger {
            net[entry.draft.correction?.sequence ?? entry.sequence, default: 0] += entry.draft.volume?.deltaUp ?? 0
        }
        #expect(net.values.allSatisfy { $0 >= 0 })
    }

    private func step(_ bench: MeterBench, _ random: inout SeededRandom, _ trouble: Trouble = .killed) {
        let count = bench.kernel.live.count
        let choice = Int.random(in: 0..<20, using: &random)
        switch choice {
        case 0..<3 where count < 8:
            // No two live connections have the same ends.
            let taken = bench.kernel.live.map { max($0.flow.original.sourcePort, $0.flow.original.destinationPort) }
            let port = (UInt16(40_000)...40_008).filter { !taken.contains($0) }.randomElement(using: &random)
            let trafficClass = [UsageMark.control, UsageMark.telemetry, UsageMark.bulk].randomElement(using: &random)!
            _ = bench.kernel.open(
                trafficClass, id: .random(in: 1...3, using: &random), own: Bool.random(using: &random),
                outside: Bool.random(using: &random), port: port)
        case 3..<8 where count > 0:
            let index = Int.random(in: 0..<count, using: &random)
            let offload = bench.kernel.live[index].isOwn && Bool.random(using: &random)
            bench.kernel.send(index, .random(in: 1...400_000, using: &random), offload: offload)
        case 8..<11 where count > 0:
            bench.kernel.receive(.random(in: 0..<count, using: &random), .random(in: 1...200_000, using: &random))
        case 11 where count > 0: bench.kernel.end(.random(in: 0..<count, using: &random))
        case 12: bench.kernel.stray(up: .random(in: 40...1500, using: &random), stray(&random))
        case 13: bench.kernel.stray(down: .random(in: 40...1500, using: &random), stray(&random))
        case 14: bench.pass(.seconds(Int.random(in: 1...400, using: &random)))
        case 15: bench.drain(limit: 3)
        case 16:
            switch trouble {
            case .killed: die(bench, &random)
            case .counters:
                bench.look()
                bench.kernel.beginCountersAnew()
                bench.look()
            }
        case 17: probe(bench, &random)
        default:
            bench.pass(.seconds(Int.random(in: 1...5, using: &random)))
            bench.look()
        }
    }

    private func stray(_ random: inout SeededRandom) -> StrayTraffic {
        [.icmpErrors, .invalid, .refused].randomElement(using: &random)!
    }

    /// Many probes, and what else is in no connection.
    private func probe(_ bench: MeterBench, _ random: inout SeededRandom) {
        for _ in 0..<Int.random(in: 1...60, using: &random) {
            bench.kernel.probe(random.next() >> 8, answered: Bool.random(using: &random))
        }
        bench.kernel.arp(counted: Bool.random(using: &random))
    }

    /// In the midst of the ring, recorded and not released; or just so. Its sockets die with it.
    private func die(_ bench: MeterBench, _ random: inout SeededRandom) {
        if Bool.random(using: &random) { bench.drain(limit: .random(in: 1...4, using: &random), release: false) }
        if Bool.random(using: &random) { bench.handle(.round(MeterRound(paths: [bench.kernel.reading], flows: nil))) }
        bench.kernel.closeOwnSockets()
        bench.restart()
    }
}
