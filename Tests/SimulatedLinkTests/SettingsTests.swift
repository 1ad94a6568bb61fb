import SimulatedLink
import SimulatorKit
import Testing

@Suite("The settings of a link")
struct SettingsTests {
    @Test("Every shipped profile can be read, and the brief's figures are in it")
    func profiles() throws {
        for profile in LinkProfile.all {
            for direction in Direction.allCases { _ = profile.settings(direction) }
        }
        let slice = try LinkProfile.named("5g-sa-slice").settings(.up)
        #expect(slice.delay == 10_000_000 && slice.jitter == 2_000_000 && slice.loss == 0.0001)
        #expect(try LinkProfile.named("5g-edge").settings(.up).rate == 5_000_000)
        #expect(try LinkProfile.named("clean").settings(.down) == LaneSettings())
    }

    @Test(
        "A value that can't be is refused with what is accepted",
        arguments: [
            ("up_rate", "fast", "up_rate", "such as 12M"), ("rate", "0", "rate", "from 1k"),
            ("queue", "3", "queue", "from 2000"), ("loss", "0.5", "loss", "0% to 100%"),
            ("loss", "101%", "loss", "0% to 100%"), ("delay", "10", "delay", "ms, s"),
            ("shape", "square", "shape", "uniform, normal, tail"), ("burst", "0", "burst", "1 to 10000"),
            ("handover_gap", "150ms-50ms", "handover_gap", "shorter comes first"),
            ("handover_mode", "lose", "handover_mode", "hold and drop"), ("dead", "yes", "dead", "on and off"),
            ("session", "on", "session", "up and down"), ("profile", "6g", "6g", "5g-sa-slice"),
            ("handover_every", "1us", "handover_every", "never"), ("colour", "red", "colour", "profile NAME"),
            ("capacity", "min=1M", "capacity", "are needed"), ("capacity", "fast", "capacity", "seed=1"),
            ("outage", "soon", "soon", "such as 300ms"),
        ])
    func refused(_ name: String, _ value: String, _ named: String, _ accepted: String) throws {
        let fault = try #require(throws: ControlFault.self) { try LinkChange(name, value) }
        #expect(fault.description.contains(named))
        #expect(fault.description.contains(accepted))
    }

    @Test("A setting without a direction is for both, with one for that alone")
    func directions() throws {
        #expect(try LinkChange("rate", "12M") == .set(LaneSetting("rate", "12M"), [.up, .down]))
        #expect(try LinkChange("down_rate", "12M") == .set(LaneSetting("rate", "12M"), [.down]))
    }

    @Test("Rates and sizes are read in the usual forms")
    func quantities() throws {
        #expect(try Quantity.rate("1.5Mbit/s") == 1_500_000)
        #expect(try Quantity.rate("800000") == 800_000)
        #expect(try Quantity.rate("unlimited") == nil)
        #expect(try Quantity.bytes("500kB") == 500_000)
    }

    @Test("A histogram's percentiles are right within three per cent")
    func histogram() {
        var histogram = Histogram()
        for value in 1...100_000 { histogram.record(Int64(value)) }
        #expect((50_000...51_600).contains(histogram.percentile(0.5)))
        #expect((99_000...100_000).contains(histogram.percentile(0.99)))
        #expect(histogram.percentile(1) == 100_000 && histogram.largest == 100_000)
    }
}
