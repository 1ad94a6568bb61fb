import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct CutTests {
    @Test func aPartIsCutAtFullMultiplesOfTheInterval() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        // It is 08:00:00; the first full quarter of an hour after it is 08:15.
        bench.steps(200) { bench.kernel.send(camera, 1000) }
        let interims = bench.drafts(.interim)
        #expect(interims.map(\.cause) == [.time])
        #expect(interims.first?.times.close.iso8601 == "2026-11-20T08:15:00.000Z")
        #expect(interims.first?.volume?.deltaUp == 189_360)
        bench.finish()
        bench.check()
        #expect(bench.drafts(.stop).first?.times.open.iso8601 == "2026-11-20T08:15:00.000Z")
    }

    @Test func aPartIsCutWhenItIsFull() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.steps(9, of: .seconds(1)) { bench.kernel.send(camera, 2_500_000) }
        let interims = bench.drafts(.interim)
        #expect(interims.map(\.cause) == [.volume, .volume])
        #expect(interims.map { $0.connection?.part } == [1, 2])
        #expect(interims.allSatisfy { $0.volume!.deltaUp >= 10_000_000 })
        bench.finish()
        bench.check()
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
    }

    @Test func looksComeFasterWhereAPartFillsFaster() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.steps(1) { bench.kernel.send(camera, 20_000_000) }
        #expect(bench.time.now().duration(to: bench.meter.nextLook) < .seconds(3))
        bench.pass(.seconds(5))
        bench.look()
        #expect(bench.time.now().duration(to: bench.meter.nextLook) == .seconds(5))
    }

    @Test func noRecordLiesOnBothSidesOfAPeriod() {
        let bench = MeterBench()
        let end = Timestamp(rfc3339: "2026-11-20T08:01:00Z")!
        bench.handle(.boundaries([UsageBoundary(at: end, cause: .period)]))
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.pass(.seconds(50))
        bench.kernel.send(camera, 10_000)
        bench.look()
        #expect(bench.meter.nextLook == bench.time.now() + .seconds(5))
        bench.pass(.seconds(5))
        bench.look()
        #expect(bench.meter.nextLook == bench.time.now() + .seconds(5), "the look at the boundary itself")
        bench.pass(.milliseconds(5100))
        bench.kernel.send(camera, 1000)
        bench.look()
        bench.kernel.send(camera, 2000)
        bench.finish()
        let cut = bench.drafts(.interim).first
        #expect(cut?.cause == .period)
        #expect(cut?.times.close == end)
        // Most of the time since the look before was before the boundary.
        let expected: Int64 = 10_000 + 7 * 52 + 1052
        #expect(cut?.volume?.deltaUp == expected)
        for draft in bench.drafts where draft.kind.hasVolume {
            #expect(draft.times.close <= end || draft.times.open >= end)
        }
    }

    /// The two clocks are read one after the other, so their difference is never quite the same.
    @Test(arguments: [1, 40, 1900]) func whatPassesAfterABoundaryIsNotBilledBeforeIt(jitter: Int64) {
        let bench = MeterBench()
        let end = Timestamp(rfc3339: "2026-11-20T08:01:00Z")!
        func shift(_ by: Int64) { bench.time.set(utc: Timestamp(microseconds: bench.time.utc().microseconds + by)) }
        bench.handle(.boundaries([UsageBoundary(at: end, cause: .period)]))
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.pass(.seconds(50))
        bench.kernel.send(camera, 10_000)
        bench.look()
        bench.pass(.seconds(11))
        shift(jitter)
        bench.look()
        bench.pass(.seconds(5))
        bench.kernel.send(camera, 1000)
        bench.look()
        shift(-jitter)
        bench.pass(.seconds(5))
        bench.kernel.send(camera, 1000)
        bench.look()
        bench.finish()
        #expect(bench.drafts(.interim).map(\.cause) == [.period])
        for draft in bench.drafts where draft.kind.hasVolume {
            #expect(draft.times.close <= end || draft.times.open >= end)
        }
        #expect(bench.drafts(.stop).first?.volume?.deltaUp == 2104)
    }

    @Test func whatEndsLongAfterABoundaryIsRecordedOnBothSides() {
        let bench = MeterBench()
        let end = Timestamp(rfc3339: "2026-11-20T08:01:00Z")!
        bench.handle(.boundaries([UsageBoundary(at: end, cause: .tariff)]))
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.pass(.seconds(55))
        bench.kernel.send(camera, 1000)
        bench.look()
        bench.pass(.seconds(120))
        bench.kernel.send(camera, 500)
        bench.kernel.end(camera)
        bench.drain()
        #expect(bench.drafts(.interim).map(\.cause) == [.tariff])
        #expect(bench.drafts(.interim).first?.volume?.deltaUp == 1052)
        #expect(bench.drafts(.stop).first?.times.open == end)
        #expect(bench.drafts(.stop).first?.volume?.deltaUp == 552)
    }

    @Test func anotherRadioCutsUnderTheOldOne() {
        let bench = MeterBench()
        var subscription = UsageSubscription()
        subscription.rat = "lte"
        bench.handle(.subscription(path: "a", subscription))
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.look()
        bench.kernel.send(camera, 1000)
        subscription.rat = "nr-sa"
        bench.handle(.subscription(path: "a", subscription))
        #expect(bench.looksWanted == 1)
        bench.pass(.milliseconds(10))
        bench.look()
        bench.kernel.send(camera, 3000)
        bench.finish()
        let interim = bench.drafts(.interim).first
        #expect(interim?.cause == .ratChange)
        #expect(interim?.subscription.rat == "lte")
        #expect(bench.drafts(.stop).first?.subscription.rat == "nr-sa")
    }

    @Test(arguments: ["session", "card"]) func anotherSessionOrCardCuts(what: String) {
        let bench = MeterBench()
        var subscription = UsageSubscription()
        (subscription.iccid, subscription.session) = ("89860000000000000001", 1)
        bench.handle(.subscription(path: "a", subscription))
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(camera, 1000)
        if what == "card" { subscription.iccid = "89860000000000000002" } else { subscription.session = 2 }
        bench.handle(.subscription(path: "a", subscription))
        bench.look()
        #expect(bench.drafts(.interim).map(\.cause) == [.pduRelease])
        #expect(bench.drafts(.interim).first?.subscription.session == 1)
        #expect(bench.drafts(.interim).first?.subscription.iccid == "89860000000000000001")
    }

    /// LTE knows no slices: it is the radio that changed, and not the session.
    @Test func aRadioWithoutSlicesIsAnotherRadio() {
        let bench = MeterBench()
        var subscription = UsageSubscription()
        (subscription.rat, subscription.slice, subscription.session) = ("nr-sa", "1", 1)
        bench.handle(.subscription(path: "a", subscription))
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(camera, 1000)
        (subscription.rat, subscription.slice) = ("lte", nil)
        bench.handle(.subscription(path: "a", subscription))
        bench.look()
        #expect(bench.drafts(.interim).map(\.cause) == [.ratChange])
    }

    @Test func anotherCellCutsNothing() {
        let bench = MeterBench()
        var subscription = UsageSubscription()
        subscription.cell = "1"
        bench.handle(.subscription(path: "a", subscription))
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(camera, 1000)
        subscription.cell = "2"
        bench.handle(.subscription(path: "a", subscription))
        bench.look()
        #expect(bench.drafts(.interim).isEmpty)
        bench.finish()
        #expect(bench.drafts(.stop).first?.subscription.cell == "2")
    }

    @Test func aDeadPathCuts() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(camera, 1000)
        bench.handle(.path("a", isUp: false))
        bench.handle(.path("a", isUp: true))
        bench.look()
        #expect(bench.drafts(.interim).map(\.cause) == [.wanDown])
    }

    @Test func silenceClosesAPartWhereItsTrafficEnded() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.steps(1) { bench.kernel.send(camera, 1000) }
        let last = bench.time.utc()
        bench.steps(60)
        #expect(bench.drafts(.interim).map(\.cause) == [.idle])
        #expect(bench.drafts(.interim).first?.times.close == last)
        bench.steps(400)
        #expect(bench.drafts(.interim).count == 1, "nothing is recorded of a silent connection")
    }

    @Test func anotherClassCuts() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(camera, 1000)
        bench.look()
        bench.kernel.live[camera].flow.mark =
            UsageMark(
                path: 0, trafficClass: UsageMark.telemetry, cameFromOutside: false
            ).bits
        bench.look()
        bench.kernel.send(camera, 500)
        bench.finish()
        let records = bench.drafts(.interim) + bench.drafts(.stop)
        #expect(records.map(\.ratingGroup) == ["bulk", "telemetry"])
        #expect(records.map { $0.volume?.deltaUp } == [1052, 552])
    }

    @Test func anotherMapOfRatingGroupsCuts() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(camera, 1000)
        bench.look()
        bench.handle(.groups(RatingGroups(version: 2, names: [UsageMark.bulk: "gold"])))
        bench.look()
        #expect(bench.drafts(.interim).map(\.cause) == [.tariff])
        bench.kernel.send(camera, 500)
        bench.finish()
        #expect(bench.drafts(.stop).map(\.ratingGroup) == ["gold"])
    }

    @Test func theEndOfTheProcessCutsEverything() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(camera, 1000)
        bench.look()
        bench.handle(.stop)
        #expect(bench.drafts(.interim).map(\.cause) == [.mgmt])
        #expect(bench.drafts.last?.kind == .shutdown)
        bench.restart()
        bench.kernel.send(camera, 500)
        bench.finish()
        bench.check()
        #expect(bench.drafts(.stop).first?.connection?.part == 2)
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
    }

    @Test func aStartIsRecordedOfWhatIsLookedAtAlive() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        let short = bench.kernel.open(UsageMark.control)
        bench.kernel.end(short)
        bench.look()
        bench.look()
        #expect(bench.drafts(.start).map(\.trafficClass) == [UsageMark.bulk])
        #expect(bench.drafts(.start).first?.volume == nil)
        #expect(bench.drafts(.stop).map(\.trafficClass) == [UsageMark.control])
        _ = camera
    }

    @Test func messagesAreCountedOnceAndCutWithEverythingElse() {
        let bench = MeterBench()
        bench.handle(.messages(MessageCount(messages: 10, bytes: 4000, retries: 2, through: ["telemetry": 10])))
        bench.handle(.messages(MessageCount(messages: 1, bytes: 100, through: ["event": 1])))
        bench.pass(.seconds(900))
        bench.look()
        let units = bench.drafts.compactMap(\.units)
        #expect(units == [UsageUnits(messages: 11, messageBytes: 4100, retries: 2)])
        var recovery = Recovery(boot: "boot-1")
        for entry in bench.ledger.reversed() { recovery.take(entry) }
        #expect(recovery.messagesThrough == ["telemetry": 10, "event": 1])
    }
}
