import FieldModel
import Link
import Testing

@Suite("The recovery ladder")
struct RecoveryLadderTests {
    private static let start = Instant(nanoseconds: 0)

    /// Every climb in `time`, asked each second.
    private static func climbs(
        _ ladder: inout RecoveryLadder, for time: Duration, from start: Instant = start
    ) -> [(rung: RecoveryRung, at: Duration)] {
        (0..<Int(time.inSeconds)).compactMap { second in
            let now = start + .seconds(second)
            guard case .climb(let rung, _) = ladder.decide(from: .session, at: now) else { return nil }
            return (rung, Self.start.duration(to: now))
        }
    }

    @Test("Pauses double from the first hold to the longest")
    func pauses() {
        var ladder = RecoveryLadder(RecoverySettings(rungs: [.session], dailyCaps: [.session: 100]))
        let times = Self.climbs(&ladder, for: .seconds(40_000)).map(\.at)
        let pauses = zip(times.dropFirst(), times).map { ($0 - $1).inSeconds }
        #expect(pauses.prefix(7) == [30, 60, 120, 240, 480, 960, 1800])
        #expect(pauses.dropFirst(6).allSatisfy { $0 == 1800 })
    }

    @Test("After the last rung it starts again from the first, never tighter than its pauses")
    func around() {
        var ladder = RecoveryLadder(RecoverySettings(rungs: [.session, .radio]))
        let rungs = Self.climbs(&ladder, for: .seconds(1000)).map(\.rung)
        #expect(rungs == [.session, .radio, .session, .radio, .session, .radio].prefix(rungs.count) + [])
        #expect(rungs.count == 6)
    }

    @Test("A day's cap holds over any number of troubles and restarts, and the next day is free")
    func caps() {
        let settings = RecoverySettings(
            longestHold: .seconds(60), rungs: [.session, .reset], dailyCaps: [.session: 3, .reset: 2])
        var ladder = RecoveryLadder(settings)
        let first = Self.climbs(&ladder, for: .seconds(3600))
        #expect(first.count { $0.rung == .session } == 3)
        #expect(first.count { $0.rung == .reset } == 2)
        let journal = first.map { RecoveryLadder.Attempt(rung: $0.rung, at: Self.start + $0.at) }
        var restarted = RecoveryLadder(settings, history: journal)
        let later = Self.start + .seconds(7200)
        #expect(Self.climbs(&restarted, for: .seconds(3600), from: later).isEmpty)
        guard case .exhausted(let until) = restarted.decide(from: .session, at: later) else {
            Issue.record("the caps are forgotten")
            return
        }
        #expect(until == Self.start + .seconds(86_400))
        #expect(Self.climbs(&restarted, for: .seconds(10), from: until).count == 1)
    }

    @Test("What came back by a rung and stayed well starts with short pauses again; a relapse does not")
    func stable() {
        var ladder = RecoveryLadder(RecoverySettings(rungs: [.session], dailyCaps: [.session: 100]))
        var now = Self.start
        _ = ladder.decide(from: .session, at: now)
        #expect(ladder.well(at: now) == .session)
        #expect(ladder.well(at: now) == nil)
        now = now + .seconds(10)
        #expect(ladder.decide(from: .session, at: now) == .wait(until: Self.start + .seconds(30)))
        now = now + .seconds(30)
        #expect(ladder.decide(from: .session, at: now) == .climb(.session, attempt: 2))
        _ = ladder.well(at: now)
        _ = ladder.well(at: now + .seconds(601))
        #expect(ladder.decide(from: .session, at: now + .seconds(602)) == .climb(.session, attempt: 1))
    }
}
