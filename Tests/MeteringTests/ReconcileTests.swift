import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct ReconcileTests {
    /// A bench whose path is compared minute by minute, with a camera's connection on it.
    private final class Yard {
        let bench = MeterBench()
        var reconciler = Reconciler()
        let camera: Int

        init() {
            if let statement = bench.meter.statement(of: "a") { _ = reconciler.take(statement) }
            camera = bench.kernel.open(UsageMark.bulk)
        }

        func minute(_ work: (Int) -> Void) -> ReconcileWindow? {
            var window: ReconcileWindow?
            for number in 0..<12 {
                work(number)
                bench.steps(1)
                if let statement = bench.meter.statement(of: "a"), let found = reconciler.take(statement) {
                    window = found
                }
            }
            return window
        }
    }

    @Test func aMinuteOfForwardedTrafficIsExact() {
        let yard = Yard()
        let (bench, camera) = (yard.bench, yard.camera)
        let window = yard.minute { _ in
            bench.kernel.send(camera, 1_000_000)
            bench.kernel.receive(camera, 10_000)
        }
        #expect(window?.unattributedUp == 0 && window?.unattributedDown == 0)
        #expect(window?.interfaceUp == Int64(bench.kernel.truthUp))
        #expect(window?.connectionsUp == window?.interfaceUp)
        #expect(window?.classes.first { $0.trafficClass == UsageMark.bulk }?.shaper == window?.interfaceUp)
        #expect(window?.verdict == .right)
        #expect(window?.from.iso8601 == "2026-11-20T08:00:00.000Z" && window?.to.iso8601 == "2026-11-20T08:01:00.000Z")
    }

    @Test(arguments: [(UInt64(2_000), ReconcileVerdict.right), (UInt64(20_000), .high), (UInt64(200_000), .alarm)])
    func whatNobodyExplainsIsJudged(bytes: UInt64, verdict: ReconcileVerdict) {
        let yard = Yard()
        let (bench, camera) = (yard.bench, yard.camera)
        // A hundred megabytes: a thousandth is 100 kB.
        let window = yard.minute { _ in
            bench.kernel.send(camera, 8_000_000)
            for _ in 0..<(bytes / 1000) { bench.kernel.stray(up: 1000) }
        }
        #expect(window?.unattributedUp == Int64(bytes / 1000) * 12_000)
        #expect(window?.verdict == verdict)
    }

    @Test func littleTrafficMayDifferBy64KiB() {
        let yard = Yard()
        let bench = yard.bench
        #expect(yard.minute { _ in bench.kernel.stray(up: 5000) }?.verdict == .right)
        #expect(yard.minute { _ in bench.kernel.stray(up: 6000) }?.verdict == .alarm)
    }

    @Test func whatWaitsIsNotMissing() {
        let yard = Yard()
        let (bench, camera) = (yard.bench, yard.camera)
        let window = yard.minute { number in
            bench.kernel.send(camera, 1_000_000)
            if number == 11 {
                // Half a megabyte stands in the queue at the window's end.
                bench.kernel.sent.bytes -= 500_000
                bench.kernel.classes[UsageMark.bulk]?.bytes -= 500_000
                bench.kernel.classes[UsageMark.bulk]?.backlog = 500_000
            }
        }
        #expect(window?.unattributedUp == 0)
        #expect(window?.verdict == .right)
        #expect(window?.classes.first { $0.trafficClass == UsageMark.bulk }?.backlog == 500_000)
    }

    @Test func whatTheShaperThrewAwayIsSaidApart() {
        let yard = Yard()
        let (bench, camera) = (yard.bench, yard.camera)
        let window = yard.minute { _ in
            bench.kernel.send(camera, 1_000_000)
            bench.kernel.send(camera, 100_000, dropped: true)
        }
        #expect((window?.dropped ?? 0) > 0)
        #expect(window?.unattributedUp == 0)
        #expect(window?.verdict == .right)
    }

    /// What is taken off late is not missing in the window after it; a quota drops before the shaper counts.
    @Test func whatWasThrownAwayIsNoAlarmInAnyWindow() {
        let yard = Yard()
        let (bench, camera) = (yard.bench, yard.camera)
        for minute in 0..<4 {
            let window = yard.minute { number in
                bench.kernel.send(camera, 1_000_000)
                guard minute < 2, number < 11 else { return }
                let before = bench.kernel.classes[UsageMark.bulk]?.drops ?? 0
                bench.kernel.send(camera, 200_000, dropped: true)
                if minute == 1 { bench.kernel.classes[UsageMark.bulk]?.drops = before }
            }
            #expect(window?.unattributedUp == 0, "minute \(minute)")
            #expect(window?.verdict == .right, "minute \(minute)")
            if let window { #expect(window.connectionsUp == window.interfaceUp, "minute \(minute)") }
        }
        bench.finish()
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
    }

    @Test func aShaperMadeAnewBeginsAWindowAnew() {
        let yard = Yard()
        let (bench, camera) = (yard.bench, yard.camera)
        let window = yard.minute { number in
            bench.kernel.send(camera, 100_000)
            if number == 5 {
                bench.kernel.classes[UsageMark.bulk] = ClassReading(
                    trafficClass: UsageMark.bulk, bytes: 0, packets: 0, backlog: 0, drops: 0)
            }
        }
        #expect(window == nil)
        #expect(yard.minute { _ in bench.kernel.send(camera, 100_000) }?.verdict == .right)
    }

    @Test func theLastWindowEndsEarly() {
        let yard = Yard()
        yard.bench.kernel.send(yard.camera, 1_000_000)
        yard.bench.steps(1)
        let statement = yard.bench.meter.statement(of: "a")
        #expect(statement.flatMap { yard.reconciler.take($0) } == nil)
        let last = statement.flatMap { yard.reconciler.take($0, isLast: true) }
        #expect((last?.interfaceUp ?? 0) >= 1_000_000 && last?.connectionsUp == last?.interfaceUp)
        #expect(statement.flatMap { yard.reconciler.take($0, isLast: true) } == nil)
    }

    @Test func onlyTheNewestWindowsAreRemembered() {
        let yard = Yard()
        for _ in 0..<Reconciler.remembered + 5 { _ = yard.minute { _ in } }
        #expect(yard.reconciler.windows.count == Reconciler.remembered)
    }
}

@Suite struct SessionReconcilerTests {
    private final class Bench {
        var sessions = SessionReconciler(path: "a", limit: LinkLimit(.megabits(100)))
        var statement = PathStatementMaker.zero
        var ended: [SessionStatement] = []

        func report(_ session: UInt32?, _ up: UInt64?, _ down: UInt64, host: (Int64, Int64)) {
            statement.at.mono = statement.at.mono + .seconds(10)
            (statement.up, statement.down) = host
            let counters = up.map { ModemCounters(up: $0, down: down) }
            if let over = sessions.take(session: session, counters: counters, statement) { ended.append(over) }
        }
    }

    @Test func bothSidesAreComparedFromTheSessionsFirstAnswerOn() {
        let bench = Bench()
        bench.report(1, 1_000, 500, host: (50_000_000, 9_000_000))
        bench.report(1, 40_001_000, 2_000_500, host: (90_000_000, 11_000_000))
        bench.report(nil, nil, 0, host: (90_000_000, 11_000_000))
        #expect(bench.ended.count == 1)
        #expect(bench.ended[0].hostUp == 40_000_000 && bench.ended[0].modemUp == 40_000_000)
        #expect(bench.ended[0].modemDown == 2_000_000)
        #expect(bench.ended[0].verdict == .right && bench.ended[0].isOver)
    }

    @Test func moreThanHalfAPercentIsAnAlarm() {
        let bench = Bench()
        bench.report(1, 0, 0, host: (0, 0))
        for step in 1...100 {
            bench.report(1, UInt64(step) * 10_200_000, 0, host: (Int64(step) * 10_000_000, 0))
        }
        #expect(bench.sessions.statement?.verdict == .alarm)
    }

    /// The session ended between two answers: what passed since the last one is on one side only.
    @Test func whatPassedBetweenTwoAnswersIsNoDifference() {
        let bench = Bench()
        for step in 0...5 {
            bench.report(1, UInt64(step) * 5_000_000, 0, host: (Int64(max(0, step - 1)) * 5_000_000, 0))
        }
        bench.report(nil, nil, 0, host: (30_000_000, 0))
        #expect(bench.ended.map(\.verdict) == [.right])
    }

    @Test func anotherSessionsCountersBeginAnew() {
        let bench = Bench()
        bench.report(1, 5_000_000, 5_000_000, host: (0, 0))
        bench.report(1, 9_000_000, 9_000_000, host: (4_000_000, 4_000_000))
        bench.report(2, 100, 100, host: (4_000_000, 4_000_000))
        bench.report(2, 3_000_100, 1_000_100, host: (7_000_000, 5_000_000))
        #expect(bench.ended.map(\.session) == [1])
        #expect(bench.sessions.statement?.modemUp == 3_000_000)
        #expect(bench.sessions.statement?.faults == [])
        #expect(bench.sessions.statement?.verdict == .right)
    }

    @Test func noAnswerIsNoZero() {
        let bench = Bench()
        bench.report(1, 5_000_000, 5_000_000, host: (0, 0))
        bench.report(1, nil, 0, host: (2_000_000, 0))
        bench.report(1, 9_000_000, 5_000_000, host: (4_000_000, 0))
        #expect(bench.sessions.statement?.modemUp == 4_000_000)
        #expect(bench.sessions.statement?.hostUp == 4_000_000)
        #expect(bench.sessions.statement?.faults == [])
    }

    @Test func exchangedCountersAreToldAndExchangedBack() {
        let bench = Bench()
        bench.report(1, 900_000_000, 40_000_000, host: (0, 0))
        bench.report(1, 40_100_000, 901_000_000, host: (1_000_000, 100_000))
        #expect(bench.sessions.statement?.faults == ["counter_swapped"])
        #expect(bench.sessions.statement?.modemUp == 1_000_000)
        #expect(bench.sessions.statement?.modemDown == 100_000)
    }

    @Test func aModemThatWrapsAt32BitsIsFollowed() {
        let bench = Bench()
        bench.report(1, (1 << 32) - 1_000_000, 0, host: (0, 0))
        bench.report(1, 2_000_000, 0, host: (3_000_000, 0))
        #expect(bench.sessions.statement?.modemUp == 3_000_000)
        #expect(bench.sessions.statement?.faults == ["counter_wrapped"])
    }
}

/// A statement to begin with.
private enum PathStatementMaker {
    static var zero: PathStatement {
        let bench = MeterBench()
        guard let statement = bench.meter.statement(of: "a") else { preconditionFailure("the bench has looked") }
        return statement
    }
}
