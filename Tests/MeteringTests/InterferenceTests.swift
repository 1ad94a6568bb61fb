import FieldGateTesting
import FieldModel
import Metering
import Testing

/// Somebody meddles with what the kernel counts: nothing is counted a second time, and nothing that was known is forgotten.
@Suite struct InterferenceTests {
    @Test func aForeignMarkDoesNotEndAConnectionAndNothingOfItCountsTwice() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 3_000_000)
        bench.look()
        let mark = bench.kernel.live[flow].flow.mark
        bench.kernel.live[flow].flow.mark = 1
        for _ in 0..<8 {
            bench.pass(.seconds(5))
            bench.look()
        }
        bench.kernel.live[flow].flow.mark = mark
        bench.kernel.send(flow, 1000)
        bench.finish()
        bench.check()
        #expect(bench.drafts(.start).count == 1 && bench.drafts(.stop).count == 1)
        #expect(bench.billedUp == Int64(bench.kernel.truthUp) && bench.unattributedUp == 0)
        #expect(bench.gaps("marks_overwritten") == 1)
        #expect(bench.alarms.count { $0.name == "marks_overwritten" && $0.detail.contains("nft list ruleset") } == 1)
    }

    @Test func aConnectionThatListsLackedForLongGoesOnWhereItWas() {
        for restarts in [false, true] {
            let bench = MeterBench()
            let flow = bench.kernel.open(UsageMark.bulk)
            bench.kernel.send(flow, 3_000_000)
            bench.look()
            let hidden = bench.kernel.live.remove(at: flow)
            for _ in 0..<8 {
                bench.pass(.seconds(5))
                bench.look()
            }
            #expect(bench.gaps("end_lost") == 1)
            if restarts { bench.restart() }
            bench.kernel.live.append(hidden)
            bench.kernel.send(0, 1000)
            bench.finish()
            bench.check()
            #expect(bench.billedUp == Int64(bench.kernel.truthUp))
            #expect(bench.drafts(.stop).map { $0.connection?.part } == [1, 2])
        }
    }

    @Test func anEndThatIsToldLateAddsOnlyWhatIsNew() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 100_000)
        bench.look()
        bench.kernel.send(flow, 50_000)
        bench.kernel.end(flow)
        let late = bench.kernel.events.removeLast()
        for _ in 0..<8 {
            bench.pass(.seconds(5))
            bench.look()
        }
        bench.kernel.events.append(late)
        bench.finish()
        bench.check()
        let stops = bench.drafts(.stop).compactMap { $0.volume?.deltaUp }
        #expect(stops.count == 2 && stops.reduce(0, +) == Int64(bench.kernel.truthUp))
    }

    @Test func looksWithoutConnectionsAreNoProofThatOneIsGone() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 100_000)
        bench.look()
        // The helper is away, and the connection ends meanwhile.
        bench.kernel.send(flow, 50_000)
        bench.kernel.end(flow)
        let late = bench.kernel.events
        bench.kernel.events = []
        for _ in 0..<5 {
            bench.pass(.seconds(5))
            bench.handle(.round(MeterRound(paths: [bench.kernel.reading], flows: nil, isDrained: false)))
        }
        // It is back: its first list comes before the events that the kernel kept.
        bench.pass(.seconds(5))
        bench.look()
        bench.kernel.events = late
        bench.finish()
        bench.check()
        #expect(bench.gaps("end_lost") == 0)
        #expect(bench.drafts(.stop).map(\.cause) == [.normal])
        #expect(bench.billedUp == Int64(bench.kernel.truthUp) && bench.unattributedUp == 0)
    }

    @Test func withoutTheSecretOfTuplesLiveConnectionsAreTheSameOnes() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        let ended = bench.kernel.open(UsageMark.control, id: 8)
        bench.kernel.send(flow, 12_000_000)
        bench.look()
        bench.kernel.end(ended)
        bench.drain(release: false)
        bench.kernel.send(flow, 1000)
        bench.adjust = { $0.fingerprint = { "\($0.destinationPort)-another-\($0.sourcePort)" } }
        bench.restart()
        bench.finish()
        bench.check()
        #expect(bench.gaps("end_lost") == 0)
        #expect(bench.drafts(.stop).count == 2)
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
    }

    @Test func whatWasProvenMissingIsRecordedAlsoWhenAShaperIsReplaced() {
        for isRemoved in [false, true] {
            let bench = MeterBench()
            let flow = bench.kernel.open(UsageMark.telemetry)
            bench.kernel.send(flow, 100_000)
            bench.look()
            bench.kernel.stray(up: 700_000)
            for _ in 0..<4 {
                bench.pass(.seconds(5))
                bench.look()
            }
            for key in bench.kernel.classes.keys {
                bench.kernel.classes[key] = ClassReading(trafficClass: key, bytes: 0, packets: 0, backlog: 0, drops: 0)
            }
            let classes = bench.kernel.classes
            if isRemoved { bench.kernel.classes = [:] }
            for _ in 0..<4 {
                bench.pass(.seconds(5))
                bench.look()
            }
            bench.kernel.classes = classes
            bench.kernel.send(flow, 5000)
            bench.finish()
            bench.check()
            #expect(bench.unattributedUp == 700_000, "the shaper was \(isRemoved ? "removed" : "replaced")")
        }
    }
}

extension MeterBench {
    func gaps(_ reason: String) -> Int {
        drafts(.gap).count { $0.notes.contains(UsageNote("reason", reason)) }
    }
}
