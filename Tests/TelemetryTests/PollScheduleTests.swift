import FieldGateTesting
import FieldModel
import Telemetry
import Testing

private let start = Instant(nanoseconds: 1_000_000_000)

private func after(_ milliseconds: Int) -> Instant { start + .milliseconds(milliseconds) }

@Suite("The poll schedule")
struct PollScheduleTests {
    private func free(_ index: Int) -> Instant? { nil }

    @Test("The earliest deadline comes first")
    func earliestFirst() {
        var schedule = PollSchedule(
            periods: [.seconds(1), .milliseconds(200)], start: start, phases: [.zero, .milliseconds(50)])
        var order: [Int] = []
        for _ in 0..<8 {
            guard let next = schedule.earliest(holdingBack: free) else { break }
            order.append(next.index)
            #expect(schedule.begin(next.index, at: next.due, heldBack: false) == .zero)
        }
        #expect(order == [0, 1, 1, 1, 1, 1, 0, 1])
    }

    @Test("A poll that begins late does not move the grid")
    func noDrift() {
        var schedule = PollSchedule(periods: [.milliseconds(100)], start: start, phases: [.milliseconds(10)])
        var random = SeededRandom(seed: 1)
        for round in 0..<1000 {
            #expect(schedule.entries[0].due == after(10 + round * 100))
            let late = Duration.microseconds(Int64.random(in: 0..<99_999, using: &random))
            #expect(schedule.begin(0, at: schedule.entries[0].due + late, heldBack: false) == late)
        }
        #expect(schedule.entries[0].overruns == 0)
    }

    @Test("Grid points that passed are left out and counted")
    func overruns() {
        var schedule = PollSchedule(periods: [.milliseconds(100)], start: start, phases: [.zero])
        #expect(schedule.begin(0, at: after(350), heldBack: false) == .milliseconds(50))
        #expect(schedule.entries[0].overruns == 3)
        #expect(schedule.entries[0].due == after(400))
        #expect(schedule.begin(0, at: after(500), heldBack: false) == .zero)
        #expect(schedule.entries[0].overruns == 4)
        #expect(schedule.entries[0].due == after(600))
    }

    @Test("A unit held back on purpose overruns nothing")
    func heldBack() {
        var schedule = PollSchedule(periods: [.milliseconds(100)], start: start, phases: [.zero])
        _ = schedule.begin(0, at: after(10_050), heldBack: true)
        #expect(schedule.entries[0].overruns == 0)
        #expect(schedule.entries[0].due == after(10_100))
    }

    @Test("A quiet unit's groups wait, and the others go on")
    func quiet() {
        var schedule = PollSchedule(
            periods: [.milliseconds(100), .milliseconds(100)], start: start, phases: [.zero, .milliseconds(30)])
        let quiet = { (index: Int) in index == 0 ? after(500) : nil }
        #expect(schedule.earliest(holdingBack: quiet)?.index == 1)
        #expect(schedule.earliest(holdingBack: quiet)?.due == after(30))
        _ = schedule.begin(1, at: after(480), heldBack: false)
        #expect(schedule.earliest(holdingBack: quiet)?.index == 0)
        #expect(schedule.earliest(holdingBack: quiet)?.due == after(500))
    }

    @Test("A poll out of turn leaves the grid where it is")
    func bringForward() {
        var schedule = PollSchedule(periods: [.milliseconds(100)], start: start, phases: [.zero])
        _ = schedule.begin(0, at: after(0), heldBack: false)
        schedule.bringForward(0, to: after(30))
        schedule.bringForward(0, to: after(30))
        #expect(schedule.earliest(holdingBack: free)?.due == after(0))
        _ = schedule.begin(0, at: after(30), heldBack: true)
        #expect(schedule.entries[0].due == after(100))
        #expect(schedule.entries[0].overruns == 0)
    }

    @Test("No groups, no deadline")
    func empty() {
        #expect(PollSchedule(periods: [], start: start, phases: []).earliest(holdingBack: free) == nil)
    }
}

@Suite("The health of a unit")
struct UnitHealthTests {
    @Test("One missed answer is forgiven, the second makes the unit silent")
    func forgiven() {
        var health = UnitHealth()
        health.missed(at: start, jitter: 0)
        #expect(!health.isSilent)
        #expect(health.quietUntil == nil)
        health.missed(at: start, jitter: 1)
        #expect(health.isSilent)
        #expect(health.quietUntil == after(500))
    }

    @Test("Probes go out at growing distances, ten seconds at most")
    func probes() {
        var health = UnitHealth()
        health.missed(at: start, jitter: 0)
        for milliseconds in [500, 1000, 2000, 4000, 8000, 10_000, 10_000] {
            health.missed(at: start, jitter: 1)
            #expect(health.quietUntil == after(milliseconds))
        }
    }

    @Test("An answer makes it whole again")
    func recovery() {
        var health = UnitHealth()
        for _ in 0..<5 { health.missed(at: start, jitter: 1) }
        health.answered()
        #expect(!health.isSilent)
        #expect(health.quietUntil == nil)
        health.missed(at: start, jitter: 1)
        #expect(!health.isSilent)
        health.missed(at: start, jitter: 1)
        #expect(health.quietUntil == after(500))
    }
}

@Suite("The histogram of lateness")
struct LatenessHistogramTests {
    @Test("Percentiles are right within a quarter, and never above the longest")
    func percentiles() {
        var histogram = LatenessHistogram()
        for milliseconds in 1...1000 { histogram.add(.milliseconds(milliseconds)) }
        #expect(histogram.total == 1000)
        #expect(histogram.longest == .seconds(1))
        for (share, exact) in [(0.5, 500.0), (0.9, 900), (0.99, 990), (0.999, 999)] {
            let found = histogram.percentile(share).inSeconds * 1000
            #expect(found >= exact && found <= exact * 1.25)
        }
        #expect(histogram.percentile(1) == .seconds(1))
    }

    @Test("Nothing counted is zero; nothing late is at most a microsecond")
    func small() {
        var histogram = LatenessHistogram()
        #expect(histogram.percentile(0.99) == .zero)
        histogram.add(.zero)
        #expect(histogram.percentile(0.99) == .zero)
        histogram.add(.nanoseconds(1500))
        #expect(histogram.percentile(1) == .nanoseconds(1500))
    }

    @Test("What is beyond the last step is the longest")
    func beyond() {
        var histogram = LatenessHistogram()
        histogram.add(.seconds(1000))
        histogram.add(.seconds(2000))
        #expect(histogram.percentile(0.5) == .seconds(2000))
    }

    @Test("Two histograms add up to one of all")
    func sum() {
        var (left, right, all) = (LatenessHistogram(), LatenessHistogram(), LatenessHistogram())
        for microseconds in stride(from: 3, to: 9000, by: 7) {
            if microseconds % 2 == 0 {
                left.add(.microseconds(microseconds))
            } else {
                right.add(.microseconds(microseconds))
            }
            all.add(.microseconds(microseconds))
        }
        left.add(right)
        #expect(left.total == all.total)
        #expect(left.longest == all.longest)
        for share in [0.01, 0.5, 0.99, 1] { #expect(left.percentile(share) == all.percentile(share)) }
    }
}
