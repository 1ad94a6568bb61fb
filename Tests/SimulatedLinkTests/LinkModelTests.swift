import SimulatedLink
import SimulatorKit
import Testing

/// A link under test: a reference, so that an expectation can call it.
final class Trial {
    private var model: LinkModel

    /// With the settings of the text, such as "up_rate 12M".
    init(_ lines: [String], _ direction: Direction = .up, seed: UInt64 = 1, timeScale: Double = 1) throws {
        model = LinkModel(direction, LaneSettings(), seed: seed, timeScale: timeScale)
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            try apply(words[0], words[1], at: 0)
        }
    }

    func admit(_ bytes: Int, at now: Int64) -> Fate { model.admit(bytes, at: now) }

    func queued(at now: Int64) -> Int { model.queued(at: now) }

    @discardableResult
    func apply(_ name: String, _ value: String, at now: Int64) throws -> Retiming? {
        model.apply(try LinkChange(name, value), at: now)
    }
}

let millisecond: Int64 = 1_000_000
let second: Int64 = 1_000_000_000

extension Fate {
    var passage: Passage? { if case .passes(let passage) = self { passage } else { nil } }
}

@Suite("A link as a value")
struct LinkModelTests {
    /// 20,000 packets of sizes that differ, one every 200 microseconds.
    private func fates(seed: UInt64) throws -> [Fate] {
        let model = try Trial(
            ["profile 5g-edge", "duplicate 1%", "reorder 1%", "outage_every 1s", "outage_length 100ms"], seed: seed)
        return (0..<20_000).map { model.admit(60 + $0 * 37 % 1400, at: Int64($0) * 200_000) }
    }

    @Test("The same seed and the same packets have the same fates; another seed has others")
    func reproducible() throws {
        #expect(try fates(seed: 7) == fates(seed: 7))
        #expect(try fates(seed: 7) != fates(seed: 8))
    }

    @Test("A saturated link carries its rate to the byte")
    func rate() throws {
        let model = try Trial(["rate 12M", "queue 100M"])
        var last: Int64 = 0
        for _ in 0..<1000 { last = try #require(model.admit(1500, at: 0).passage).leaves }
        #expect(last == second)
    }

    @Test("The queue never holds more than its limit, what comes beyond is dropped, and the rest waits its turn")
    func queueBound() throws {
        let model = try Trial(["rate 20M", "queue 500k"])
        var dropped = 0
        var longest: Int64 = 0
        for number in 0..<5000 {
            let now = Int64(number) * 300_000
            switch model.admit(1500, at: now) {
            case .queueFull: dropped += 1
            case .passes(let passage): longest = max(longest, passage.leaves - now)
            case let other: Issue.record("\(other)")
            }
            #expect(model.queued(at: now) <= 500_000)
        }
        #expect(dropped > 2000)
        // 500 kB at 20 Mbit/s take 200 ms.
        #expect((199 * millisecond...200 * millisecond).contains(longest))
    }

    @Test(
        "Each share of loss comes about, in bursts of the asked length",
        arguments: [(0.01, 1.0), (0.005, 5), (0.02, 8)])
    func loss(_ share: Double, _ burst: Double) throws {
        let model = try Trial(["loss \(share * 100)%", "burst \(burst)"], seed: 3)
        let lost = (0..<400_000).map { model.admit(100, at: Int64($0)) == .lost }
        let count = lost.filter { $0 }.count
        let bursts = zip(lost, lost.dropFirst()).filter { !$0 && $1 }.count
        #expect(abs(Double(count) / 400_000 - share) < share * 0.15)
        #expect(abs(Double(count) / Double(bursts) - burst) < burst * 0.15)
    }

    @Test("Packets keep their order under jitter, but for those that are late on purpose")
    func order() throws {
        let model = try Trial(["delay 20ms", "jitter 10ms", "shape normal", "reorder 2%", "reorder_by 30ms"])
        var last: Int64 = 0
        var late = 0
        for number in 0..<20_000 {
            let passage = try #require(model.admit(100, at: Int64(number) * millisecond).passage)
            if passage.isLate {
                late += 1
            } else {
                #expect(passage.release >= last)
                last = passage.release
            }
        }
        #expect((300...500).contains(late))
    }

    @Test("An even delay stays within base and jitter")
    func uniformDelay() throws {
        let model = try Trial(["delay 10ms", "jitter 2ms"])
        for number in 0..<1000 {
            let now = Int64(number) * 100 * millisecond
            let delay = try #require(model.admit(100, at: now).passage).release - now
            #expect((8 * millisecond...12 * millisecond).contains(delay))
        }
    }

    @Test("A change of the rate also moves what is queued")
    func rateChange() throws {
        let model = try Trial(["up_rate 20M", "queue 500k", "delay 10ms"])
        let leaves = try (0..<300).map { _ in try #require(model.admit(1500, at: 0).passage).leaves }
        #expect(leaves.last == 180 * millisecond)
        let retiming = try #require(
            try model.apply("up_rate", "10M", at: 60 * millisecond))
        // 120 ms of waiting are left at twice the rate.
        #expect(retiming.apply(180 * millisecond) == 300 * millisecond)
        #expect(retiming.apply(60 * millisecond) == 60 * millisecond)
        let next = try #require(model.admit(1250, at: 60 * millisecond).passage)
        #expect(next.leaves == 301 * millisecond)
        #expect(next.release == 311 * millisecond)
    }

    @Test("A hand-over holds packets until it is over, in both directions alike")
    func handover() throws {
        var ends: [Direction: Set<Int64>] = [:]
        for direction in Direction.allCases {
            let model = try Trial(["handover_every 1s", "handover_gap 50ms-150ms"], direction, seed: 5)
            for number in 0..<10_000 {
                let now = Int64(number) * millisecond
                let passage = try #require(model.admit(100, at: now).passage)
                if passage.release > now { ends[direction, default: []].insert(passage.release) }
                #expect(passage.release - now <= 150 * millisecond)
            }
        }
        #expect(ends[.up] == ends[.down])
        #expect((8...10).contains(ends[.up]?.count ?? 0))
    }

    @Test("A hand-over that drops loses what comes meanwhile")
    func droppingHandover() throws {
        let model = try Trial(["handover_mode drop"])
        try model.apply("handover", "50ms", at: second)
        #expect(model.admit(100, at: second + 49 * millisecond) == .outage)
        #expect(model.admit(100, at: second + 50 * millisecond).passage != nil)
    }

    @Test("A commanded hand-over moves what is queued behind it")
    func handoverNow() throws {
        let model = try Trial(["rate 8M"])
        let first = try #require(model.admit(1000, at: 0).passage)
        #expect(first.leaves == millisecond)
        let retiming = try #require(try model.apply("handover", "80ms", at: 500_000))
        #expect(retiming.apply(first.leaves) == 81 * millisecond)
    }

    @Test("An outage loses what comes meanwhile and keeps what is queued for later")
    func outage() throws {
        let model = try Trial(["rate 8M"])
        _ = model.admit(1000, at: 0)
        let retiming = try #require(try model.apply("outage", "3s", at: 0))
        #expect(retiming.apply(millisecond) == 3 * second + millisecond)
        #expect(model.admit(1000, at: 2 * second) == .outage)
        #expect(try #require(model.admit(1000, at: 3 * second).passage).leaves == 3 * second + 2 * millisecond)
    }

    @Test("A dead path swallows, a closed session refuses, and both end by command")
    func deadAndSession() throws {
        let model = try Trial(["dead on"])
        #expect(model.admit(100, at: 1) == .dead)
        try model.apply("session", "down", at: 2)
        #expect(model.admit(100, at: 2) == .noSession)
        try model.apply("session", "up", at: 3)
        try model.apply("dead", "off", at: 3)
        #expect(model.admit(100, at: 3).passage != nil)
        try model.apply("profile", "dead", at: 4)
        #expect(model.admit(100, at: 4) == .dead)
    }

    @Test("A time scale brings hand-overs closer together and leaves their length")
    func timeScale() throws {
        let model = try Trial(["handover_every 60s", "handover_gap 100ms"], timeScale: 60)
        let held = (0..<10_000).filter { number in
            let now = Int64(number) * millisecond
            return model.admit(100, at: now).passage.map { $0.release > now } ?? false
        }
        #expect((800...1000).contains(held.count))
    }

    @Test("The uplink's walk keeps its limits, moves, and is the same for its seed")
    func walk() {
        let plan = CapacityWalk.Plan(seed: 4, lowest: 6_000_000, highest: 20_000_000, every: second)
        var (one, two) = (CapacityWalk(plan), CapacityWalk(plan))
        let rates = (0..<1000).map { _ in one.next() }
        #expect(rates == (0..<1000).map { _ in two.next() })
        #expect(rates.allSatisfy { (6_000_000...20_000_000).contains($0) })
        #expect((rates.min() ?? 0) < 8_000_000 && (rates.max() ?? 0) > 18_000_000)
    }
}
