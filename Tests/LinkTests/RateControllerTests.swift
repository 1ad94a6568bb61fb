import FieldGateTesting
import FieldModel
import Link
import Testing

@Suite("The rate controller")
struct RateControllerTests {
    /// A radio with a queue of its own behind the shaper, and bulk traffic that takes all it is given.
    private struct Radio {
        var controller = RateController(
            RateSettings(start: .megabits(18), least: .megabits(1), most: .megabits(100)))
        var random = SeededRandom(seed: 7)
        /// Bytes.
        var queue = 0.0
        var demand = BitRate.megabits(1000)
        var delays: [Double] = []
        var carried = 0.0
        var capacity = 0.0

        /// One look of 100 ms at a radio that carries `rate`; `jitter` adds to each answer at random.
        mutating func look(_ rate: BitRate, jitter: Duration = .zero) {
            let seconds = 0.1
            let sent = min(Double(controller.rate.bitsPerSecond), Double(demand.bitsPerSecond)) / 8 * seconds
            let room = Double(rate.bitsPerSecond) / 8 * seconds
            let before = queue
            queue = min(500_000, max(0, queue + sent - room))
            carried += min(before + sent, room)
            capacity += room
            let delay = queue * 8 / Double(rate.bitsPerSecond)
            delays.append(delay)
            // The least of the two answers in this time.
            let noise = min(random.unit(), random.unit()) * jitter.inSeconds
            _ = controller.consider(
                RateController.Sample(
                    queueDelay: delay > 2 ? nil : .seconds(delay + noise), sent: Int64(sent), over: .seconds(seconds)))
        }

        func percentile(_ share: Double) -> Double { delays.sorted()[Int(Double(delays.count - 1) * share)] }
    }

    @Test("A radio that falls from 20 to 12 Mbit/s: the modem's queue is short and the radio stays used")
    func step() {
        var radio = Radio()
        for _ in 0..<200 { radio.look(.megabits(20)) }
        for _ in 0..<400 { radio.look(.megabits(12)) }
        #expect(radio.percentile(0.99) < 0.06)
        #expect(radio.percentile(0.95) < 0.01)
        #expect(radio.carried / radio.capacity > 0.85)
        #expect(radio.controller.rate > .megabits(9) && radio.controller.rate <= .megabits(12.5))
    }

    @Test("A radio whose rate wanders is followed up and down", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func wandering(_ seed: UInt64) {
        var radio = Radio()
        var random = SeededRandom(seed: seed)
        var rate = 20.0
        for second in 0..<300 {
            if second % 2 == 0 { rate = min(40, max(5, rate * (0.8 + 0.45 * random.unit()))) }
            for _ in 0..<10 { radio.look(.megabits(rate)) }
        }
        #expect(radio.percentile(0.90) < 0.05)
        #expect(radio.carried / radio.capacity > 0.75)
    }

    @Test("A radio that jitters by itself is not taken for a queue, idle or loaded")
    func jitter() {
        var radio = Radio()
        radio.demand = .megabits(0.1)
        for _ in 0..<300 { radio.look(.megabits(20), jitter: .milliseconds(12)) }
        #expect(radio.controller.rate == .megabits(18))
        (radio.demand, radio.carried, radio.capacity, radio.delays) = (.megabits(1000), 0, 0, [])
        for _ in 0..<600 { radio.look(.megabits(20), jitter: .milliseconds(12)) }
        #expect(radio.carried / radio.capacity > 0.85)
        #expect(radio.percentile(0.95) < 0.02)
    }

    @Test("Without load there is nothing to learn, and the rate stays")
    func idle() {
        var radio = Radio()
        radio.demand = .megabits(1)
        for _ in 0..<600 { radio.look(.megabits(20)) }
        #expect(radio.controller.rate == .megabits(18))
    }

    @Test("Silence under load is taken for a long queue")
    func silence() {
        var controller = RateController(RateSettings(start: .megabits(18), least: .megabits(1), most: .megabits(100)))
        let sample = RateController.Sample(queueDelay: nil, sent: 225_000, over: .milliseconds(100))
        for _ in 0..<20 { _ = controller.consider(sample) }
        #expect(controller.rate < .megabits(9))
    }

    @Test("It stays within its bounds whatever the radio does")
    func bounds() {
        var random = SeededRandom(seed: 3)
        var controller = RateController(RateSettings(start: .megabits(5), least: .megabits(2), most: .megabits(8)))
        for _ in 0..<10_000 {
            let delay: Duration? = random.unit() < 0.2 ? nil : .seconds(random.unit() * random.unit())
            _ = controller.consider(
                RateController.Sample(
                    queueDelay: delay, sent: Int64(random.unit() * 200_000), over: .milliseconds(random.unit() * 300)))
            #expect(controller.rate >= .megabits(2) && controller.rate <= .megabits(8))
        }
    }
}
