import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct RecoveryTests {
    @Test func anEndThatWasRecordedAndNotReleasedIsNotRecordedAgain() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 1000)
        bench.kernel.end(flow)
        bench.drain(release: false)
        bench.restart()
        bench.finish()
        bench.check()
        #expect(bench.drafts(.stop).count == 1)
        #expect(bench.billedUp == 1052)
    }

    @Test func aConnectionGoesOnFromItsLastRecord() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 12_000_000)
        bench.look()
        #expect(bench.drafts(.interim).count == 1)
        bench.kernel.send(flow, 1000)
        bench.restart()
        bench.kernel.send(flow, 2000)
        bench.finish()
        bench.check()
        #expect(bench.drafts(.stop).first?.connection?.part == 2)
        #expect(bench.drafts(.start).count == 1)
        #expect(bench.drafts(.stop).first?.volume?.deltaUp == 3156)
    }

    @Test func whatASocketsEndLeavesIsFoundByItsClass() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.telemetry, own: true)
        bench.kernel.send(flow, 1_448_000, offload: true)
        bench.look()
        bench.kernel.send(flow, 1_448_000, offload: true)
        bench.kernel.closeOwnSockets()
        bench.restart()
        bench.finish()
        bench.check()
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
        // The second thousand segments, and what of the first was not in a record yet.
        #expect(bench.unattributedUp == 2 * 999 * 52)
    }

    @Test func aPowerCutLosesNoMoreThanWhatWasNotKept() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.steps(5) { bench.kernel.send(flow, 100_000) }
        let keptUp = bench.kernel.truthUp
        bench.pass(.seconds(4))
        bench.kernel.send(flow, 80_000)
        let lost = bench.kernel.truthUp - keptUp
        bench.boot = "boot-2"
        bench.kernel = SimulatedKernel(time: bench.time)
        bench.pass(.seconds(60))
        bench.restart()
        bench.look()
        bench.finish()
        bench.check()
        #expect(bench.billedUp == Int64(keptUp))
        #expect(bench.drafts(.stop).map(\.cause) == [.powerLoss])
        #expect(bench.drafts(.stop).first?.connection?.boot == "boot-1")
        let gaps = bench.drafts(.gap)
        #expect(gaps.count == 1)
        let notes = Dictionary(uniqueKeysWithValues: gaps[0].notes.map { ($0.name, $0.value) })
        #expect(notes["reason"] == "power_loss" && notes["boot_before"] == "boot-1")
        #expect(UInt64(notes["bound_up"]!)! >= lost)
        #expect(gaps[0].times.open.iso8601 == "2026-11-20T08:00:25.000Z")
        #expect(gaps[0].times.close.iso8601 == "2026-11-20T08:01:29.000Z")
        #expect(bench.kept.isEmpty)
    }

    @Test func aSecondStartAfterThePowerCutClosesNothingAgain() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 100_000)
        bench.look()
        bench.boot = "boot-2"
        bench.kernel = SimulatedKernel(time: bench.time)
        bench.restart()
        bench.look()
        bench.restart()
        bench.restart()
        #expect(bench.drafts(.stop).count == 1)
        #expect(bench.drafts(.gap).count == 1)
    }

    @Test func aPowerCutWithNothingOpenIsAGapToo() {
        let bench = MeterBench()
        bench.boot = "boot-2"
        bench.restart()
        #expect(bench.drafts(.gap).count == 1)
    }

    @Test func aRebootInOrderIsNoPowerCut() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 100_000)
        bench.look()
        bench.handle(.stop)
        bench.boot = "boot-2"
        bench.kernel = SimulatedKernel(time: bench.time)
        bench.restart()
        #expect(bench.drafts(.stop).map(\.cause) == [.mgmt])
        #expect(bench.drafts(.gap).first?.notes.first?.value == "not_running")
    }

    @Test func aLostNamespaceClosesEverything() {
        let bench = MeterBench()
        for _ in 0..<3 {
            let flow = bench.kernel.open(UsageMark.bulk)
            bench.kernel.send(flow, 10_000)
        }
        bench.look()
        bench.kernel = SimulatedKernel(time: bench.time)
        bench.restart(sameNamespace: false)
        bench.look()
        bench.finish()
        bench.check()
        #expect(bench.drafts(.stop).map(\.cause) == [.powerLoss, .powerLoss, .powerLoss])
        #expect(bench.drafts(.gap).count == 1)
        #expect(bench.billedUp == 3 * (10_000 + 7 * 52))
    }

    @Test func openConnectionsThatNobodySawEndAreClosed() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 12_000_000)
        bench.look()
        bench.kernel.end(flow)
        bench.kernel.events = []
        bench.restart()
        for _ in 0..<4 {
            bench.pass(.seconds(5))
            bench.look()
        }
        #expect(bench.drafts(.stop).map(\.cause) == [.abnormal])
        #expect(bench.drafts(.stop).first?.connection?.part == 2)
        #expect(bench.kept.isEmpty)
    }

    @Test func aConnectionSilentForLongerThanRecordsAreReadGoesOnFromItsTotals() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 12_000_000)
        bench.look()
        var recovery = Recovery(boot: "boot-1")
        let (meter, _) = recovery.resume(
            MeterBench.settings("boot-1") { _ in }, totals: Array(bench.kept.values), at: Moment(bench.time))
        recovery = Recovery(boot: "boot-1")
        bench.meter = meter
        bench.kernel.send(flow, 1000)
        bench.finish()
        bench.check()
        let connections = bench.drafts.filter { $0.connection != nil }.compactMap { $0.volume?.deltaUp }
        #expect(connections.reduce(0, +) == Int64(bench.kernel.truthUp))
    }

    @Test func recordsAreReadUntilEveryLiveConnectionIsFound() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 12_000_000)
        bench.look()
        bench.pass(.seconds(3600))
        for number in 0..<5000 {
            let short = bench.kernel.open(UsageMark.control, id: UInt32(100 + number))
            bench.kernel.end(short)
        }
        bench.look()
        let fingerprint = MeterBench.settings("boot-1") { _ in }.fingerprint
        var recovery = Recovery(boot: "boot-1")
        var isEnough = false
        for entry in bench.ledger.reversed() where !isEnough {
            recovery.take(entry)
            isEnough = recovery.isEnough(
                live: bench.kernel.flows, paths: [bench.kernel.reading], fingerprint: fingerprint)
        }
        #expect(recovery.records > 5000)
        let (meter, _) = recovery.resume(MeterBench.settings("boot-1") { _ in }, totals: [], at: Moment(bench.time))
        bench.meter = meter
        bench.finish()
        bench.check()
        #expect(bench.drafts(.start).count == 1)
    }

    @Test func theIdentityOfAnAdjustmentIsTheSameOnEveryTry() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 1000)
        bench.finish()
        let target = bench.ledger.first { $0.draft.kind == .stop }!
        let first = UsageAdjustment.draft(of: target, up: -1052, down: 0, reason: "test", at: Moment(bench.time))
        bench.pass(.seconds(60))
        let second = UsageAdjustment.draft(of: target, up: -1052, down: 0, reason: "test", at: Moment(bench.time))
        #expect(first.correction == second.correction)
        #expect(first.correction?.sequence == target.sequence)
        #expect(first.volume?.deltaUp == -1052)
        #expect(first.times.open == target.draft.times.open, "it belongs to the period of its target")
    }
}
