import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct StrayTests {
    @Test func whatNoConnectionExplainsHasItsName() {
        let bench = MeterBench()
        bench.kernel.stray(up: 116, .icmpErrors)
        bench.kernel.stray(up: 116, down: 68, .icmpErrors)
        bench.kernel.stray(down: 40, .invalid)
        for _ in 0..<4 {
            bench.pass(.seconds(5))
            bench.look()
        }
        bench.pass(.seconds(900))
        bench.look()
        let record = bench.drafts(.unattributed).last { $0.trafficClass == 0 }
        let notes = Dictionary(uniqueKeysWithValues: (record?.notes ?? []).map { ($0.name, $0.value) })
        #expect(notes["icmp_errors_up"] == "232" && notes["icmp_errors_dn"] == "68" && notes["invalid_dn"] == "40")
        #expect(notes["invalid_up"] == nil && notes["refused_dn"] == nil)
        bench.finish()
        #expect(bench.unattributedUp == bench.named("icmp_errors_up"))
        #expect(bench.unattributedDown == bench.named("icmp_errors_dn") + bench.named("invalid_dn"))
    }

    @Test func eachNameIsSaidOnceAlsoAcrossCrashesAndNewRules() {
        let bench = MeterBench()
        for round in 0..<6 {
            bench.kernel.stray(up: 100, down: 50, .refused)
            for _ in 0..<4 {
                bench.pass(.seconds(300))
                bench.look()
            }
            if round == 2 { bench.kernel.beginCountersAnew() }
            bench.restart()
        }
        bench.finish()
        #expect(bench.named("refused_up") == 600 && bench.named("refused_dn") == 300)
        #expect(bench.unattributedUp == 600)
    }

    @Test func aCounterReadAPacketTooHighIsHeldUntilItIsRight() {
        let bench = MeterBench()
        bench.kernel.stray(down: 400, .refused)
        bench.look()
        bench.kernel.strays[.refused]?.received.bytes += 60
        bench.look()
        bench.kernel.strays[.refused]?.received.bytes -= 60
        bench.look()
        bench.kernel.stray(down: 60, .refused)
        bench.finish()
        #expect(bench.named("refused_dn") == 460)
    }

    @Test func whatIsNoIPIsNeitherBilledNorUnattributedAndMayBeSeenLate() {
        let bench = MeterBench()
        for number in 0..<20 {
            bench.kernel.arp(counted: number % 3 == 0)
            bench.pass(.seconds(5))
            bench.look()
        }
        bench.finish()
        #expect(bench.billedUp == 0 && bench.billedDown == 0)
        #expect(bench.named("arp_up") == 20 * 28 && bench.named("arp_dn") == 20 * 28)
        #expect(bench.alarms.isEmpty && bench.drafts(.gap).isEmpty)
    }

    @Test func whatWasCountedWhileNobodyCouldTellIsTakenForNoFault() {
        let bench = MeterBench()
        for number in 0..<30 {
            if number % 10 == 5 { bench.restart() }
            bench.kernel.isNamed = number % 10 < 4
            bench.kernel.arp()
            bench.kernel.stray(down: 40)
            bench.pass(.seconds(5))
            bench.look()
        }
        bench.kernel.isNamed = true
        bench.finish()
        bench.check()
        #expect(bench.billedUp == 0 && bench.unattributedDown == bench.named("invalid_dn"))
        #expect(bench.named("arp_up") == 30 * 28 && bench.named("invalid_dn") == 30 * 40)
        #expect(bench.alarms.isEmpty)
    }

    @Test func aMinuteNamesWhatIsInNoConnection() throws {
        let bench = MeterBench()
        var reconciler = Reconciler()
        let before = try #require(bench.meter.statement(of: "a"))
        _ = reconciler.take(before)
        bench.kernel.stray(up: 116, down: 68, .icmpErrors)
        bench.pass(.seconds(60))
        bench.look()
        let statement = try #require(bench.meter.statement(of: "a"))
        let taken = reconciler.take(statement)
        let window = try #require(taken)
        #expect(window.named == [.icmpErrors: NamedBytes(up: 116, down: 68)])
        #expect(window.unattributedUp == 116 && window.unattributedDown == 68)
    }
}

@Suite struct ProbeTests {
    @Test func aDayOfProbesTakesFewRecordsAndEveryByteIsInThem() {
        let bench = MeterBench()
        var number: UInt64 = 0
        // Four a second for a day, looked at every minute.
        for _ in 0..<1440 {
            for _ in 0..<240 {
                number += 1
                bench.kernel.probe(number, answered: number % 7 != 0)
            }
            bench.pass(.seconds(60))
            bench.look()
        }
        #expect(number == 345_600)
        bench.finish()
        bench.check()
        #expect(bench.ledger.count < 1000, "\(bench.ledger.count) records")
        #expect(bench.gathered.reduce(0) { $0 + ($1.volume?.deltaUp ?? 0) } == Int64(bench.kernel.probedUp))
        #expect(bench.gathered.reduce(0) { $0 + ($1.volume?.deltaDown ?? 0) } == Int64(bench.kernel.probedDown))
        #expect(bench.unattributedUp == 0 && bench.unattributedDown == 0)
        let last = bench.gathered.last
        #expect(last?.connection?.id == 0 && last?.volume?.source == .firewall && last?.cause == .time)
        #expect(last?.trafficClass == UsageMark.control && last?.ratingGroup == "control")
        #expect(last?.volume?.upPackets == 2 * number)
    }

    @Test func killedAnywhereTheGatheredConnectionGoesOn() {
        let bench = MeterBench()
        for round in 0..<12 {
            for number in 0..<50 { bench.kernel.probe(UInt64(round * 50 + number)) }
            if round % 3 != 0 { bench.look() }
            if round == 7 {
                bench.steps(2, of: .seconds(450))
                bench.kernel.beginCountersAnew()
                bench.steps(2, of: .seconds(450))
            }
            bench.pass(.seconds(200))
            bench.restart()
        }
        bench.finish()
        bench.check()
        #expect(Set(bench.gathered.compactMap(\.connection?.start)).count == 1)
        #expect(bench.gathered.filter { $0.kind == .start }.count == 1)
        #expect(bench.gathered.reduce(0) { $0 + ($1.volume?.deltaUp ?? 0) } == 600 * 100)
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
    }

    @Test func itIsNotLostWhereItsPathIsAwayForAWhile() {
        let bench = MeterBench()
        for number in UInt64(0)..<50 { bench.kernel.probe(number) }
        bench.look()
        bench.pass(.seconds(1000))
        bench.look()
        bench.restart()
        for _ in 0..<5 {
            bench.pass(.seconds(5))
            bench.handle(.round(MeterRound(paths: [], flows: bench.kernel.flows)))
        }
        for number in UInt64(50)..<80 { bench.kernel.probe(number) }
        bench.finish()
        #expect(bench.gathered.contains { $0.kind == .stop } == false)
        #expect(bench.gathered.reduce(0) { $0 + ($1.volume?.deltaUp ?? 0) } == 8000)
    }

    @Test func aPowerCutClosesItWithWhatWasKept() {
        let bench = MeterBench()
        for number in UInt64(0)..<50 { bench.kernel.probe(number) }
        bench.look()
        bench.boot = "boot-2"
        bench.kernel = SimulatedKernel(time: bench.time)
        bench.restart()
        bench.look()
        for number in UInt64(0)..<10 { bench.kernel.probe(number) }
        bench.finish()
        let stops = bench.gathered.filter { $0.kind == .stop }
        #expect(stops.map(\.cause) == [.powerLoss])
        #expect(bench.gathered.reduce(0) { $0 + ($1.volume?.deltaUp ?? 0) } == 6000)
        #expect(bench.gathered.last?.connection?.boot == "boot-2")
    }

    @Test func recordsAreReadUntilTheGatheredConnectionIsFound() {
        let bench = MeterBench()
        bench.kernel.probe(1)
        bench.look()
        bench.pass(.seconds(100))
        for number in 0..<5000 {
            let short = bench.kernel.open(UsageMark.telemetry, id: UInt32(100 + number))
            bench.kernel.end(short)
        }
        bench.look()
        let fingerprint = MeterBench.settings("boot-1") { _ in }.fingerprint
        var recovery = Recovery(boot: "boot-1")
        var isEnough = false
        for entry in bench.ledger.reversed() where !isEnough {
            recovery.take(entry)
            isEnough = recovery.isEnough(live: [], paths: [bench.kernel.reading], fingerprint: fingerprint)
        }
        #expect(isEnough && recovery.records > 5000)
    }
}
