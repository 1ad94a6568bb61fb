import FieldModel
import Link
import Testing

@Suite("Paths")
struct PathTests {
    private struct Probing {
        var monitor = PathMonitor(PathPatience(failAfter: .seconds(1), recoverAfter: .seconds(5)))
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var changes: [(health: PathHealth, at: Instant)] = []
        private var sequence: UInt16 = 0

        /// Probes every 200 ms; those of `answers` come back after 30 ms.
        mutating func run(_ time: Duration, receiving: UInt64 = 0, answers: (Int) -> Bool) {
            for count in 0..<Int(time / .milliseconds(200)) {
                sequence &+= 1
                let probe = ProbeWindow.Key(target: count % 2, sequence: sequence)
                monitor.sent(probe, at: now)
                if answers(count) { monitor.answered(probe, at: now + .milliseconds(30)) }
                now = now + .milliseconds(200)
                bytes += receiving
                monitor.received(bytes, at: now)
                if let health = monitor.judge(at: now) { changes.append((health, now)) }
            }
        }

        private var bytes: UInt64 = 0
    }

    @Test("A path is alive from its first answer, and dead a second after the last")
    func life() {
        var probing = Probing()
        probing.run(.seconds(3)) { _ in true }
        #expect(probing.changes.map(\.health) == [.alive])
        let silence = probing.now
        probing.run(.seconds(3)) { _ in false }
        #expect(probing.changes.map(\.health) == [.alive, .dead])
        #expect(silence.duration(to: probing.changes[1].at) <= .milliseconds(1200))
    }

    @Test("One target that does not answer says nothing against the path")
    func oneTarget() {
        var probing = Probing()
        probing.run(.seconds(60)) { $0 % 2 == 0 }
        #expect(probing.changes.map(\.health) == [.alive])
        #expect((0.4...0.6).contains(probing.monitor.window.loss(at: probing.now)))
    }

    @Test("A dead path is alive again only after it has answered for five seconds, and well")
    func recovery() {
        var probing = Probing()
        probing.run(.seconds(2)) { _ in true }
        probing.run(.seconds(3)) { _ in false }
        let start = probing.now
        probing.run(.seconds(4)) { $0 % 2 == 0 }
        #expect(probing.changes.last?.health == .dead)
        probing.run(.seconds(20)) { _ in true }
        #expect(probing.changes.last?.health == .alive)
        #expect(start.duration(to: probing.changes.last!.at) >= .seconds(5))
    }

    @Test("Other traffic coming in is a sign of life, but not for ever")
    func traffic() {
        var probing = Probing()
        probing.run(.seconds(2)) { _ in true }
        let start = probing.now
        probing.run(.seconds(10), receiving: 1400) { _ in false }
        #expect(probing.changes.last?.health == .dead)
        let lasted = start.duration(to: probing.changes.last!.at)
        #expect(lasted > .seconds(3) && lasted < .seconds(5))
    }

    @Test("The delay of a queue is what answers take above the shortest, whichever target answered")
    func queueDelay() {
        var window = ProbeWindow()
        var now = Instant(nanoseconds: 0)
        func probe(_ target: Int, _ sequence: UInt16, _ roundTrip: Duration) {
            window.sent(ProbeWindow.Key(target: target, sequence: sequence), at: now)
            _ = window.answered(ProbeWindow.Key(target: target, sequence: sequence), at: now + roundTrip)
            now = now + .milliseconds(200)
        }
        probe(0, 1, .milliseconds(20))
        probe(1, 1, .milliseconds(50))
        let start = now
        probe(0, 2, .milliseconds(45))
        probe(1, 2, .milliseconds(71))
        #expect(window.queueDelay(since: start) == .milliseconds(21))
        #expect(window.roundTrip(since: start) == .milliseconds(71))
    }

    @Test("Traffic leaves a dead path at once, and returns when the better one has proven itself")
    func choice() {
        var now = Instant(nanoseconds: 0)
        var chooser = PathChooser(
            ChoiceSettings(preference: [.control: ["a", "b"], .telemetry: ["a", "b"], .bulk: ["b"]]))
        _ = chooser.update("a", .alive, at: now)
        _ = chooser.update("b", .alive, at: now)
        #expect(chooser.chosen == [.control: "a", .telemetry: "a", .bulk: "b"])
        now = now + .seconds(100)
        let failover = chooser.update("a", .dead, at: now)
        #expect(failover.map(\.to) == ["b", "b"])
        #expect(failover.allSatisfy { $0.reason == .failover })
        now = now + .seconds(10)
        #expect(chooser.update("a", .alive, at: now).isEmpty)
        #expect(chooser.deadline == now + .seconds(30))
        #expect(chooser.choose(at: now + .seconds(29)).isEmpty)
        #expect(chooser.choose(at: now + .seconds(30)).map(\.reason) == [.failback, .failback])
    }

    @Test("A flapping better path does not take the traffic with it")
    func flapping() {
        var now = Instant(nanoseconds: 0)
        var chooser = PathChooser(ChoiceSettings(preference: [.telemetry: ["a", "b"]]))
        _ = chooser.update("b", .alive, at: now)
        _ = chooser.update("a", .alive, at: now)
        var changes = chooser.update("a", .dead, at: now).count
        for _ in 0..<50 {
            now = now + .seconds(20)
            changes += chooser.update("a", .alive, at: now).count
            changes += chooser.choose(at: now + .seconds(15)).count
            changes += chooser.update("a", .dead, at: now + .seconds(16)).count
        }
        #expect(changes <= 1)
        #expect(chooser.chosen[.telemetry] == "b")
    }

    @Test("With every path dead, what is chosen stays; with none ever alive, the first is tried")
    func allDead() {
        let now = Instant(nanoseconds: 0)
        var chooser = PathChooser(ChoiceSettings(preference: [.telemetry: ["a", "b"]]))
        #expect(chooser.choose(at: now).isEmpty)
        _ = chooser.update("a", .dead, at: now)
        #expect(chooser.update("b", .dead, at: now).map(\.to) == ["a"])
        _ = chooser.update("b", .alive, at: now)
        _ = chooser.update("b", .dead, at: now)
        #expect(chooser.chosen[.telemetry] == "b")
    }
}
