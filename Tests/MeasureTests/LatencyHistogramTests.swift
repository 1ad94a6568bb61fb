import FieldGateTesting
import Measure
import Testing

@Suite struct LatencyHistogramTests {
    @Test func `an empty histogram reports zeros`() {
        let histogram = LatencyHistogram()
        #expect(histogram.quantile(0.99) == 0)
        #expect(histogram.json == #"{"unit":"us","n":0,"p50":0,"p90":0,"p99":0,"p99.9":0,"p99.99":0,"max":0}"#)
    }

    @Test func `its line and its JSON carry the same figures`() {
        var histogram = LatencyHistogram()
        for value: Int64 in 1...1000 { histogram.record(microseconds: value) }
        #expect(
            histogram.line == "p50 0.500 ms  p90 0.900 ms  p99 0.990 ms  p99.9 0.999 ms  p99.99 1.000 ms  "
                + "max 1.000 ms  n 1000")
        #expect(
            histogram.json
                == #"{"unit":"us","n":1000,"p50":500,"p90":900,"p99":990,"p99.9":999,"p99.99":1000,"max":1000}"#)
    }

    @Test func `up to a millisecond every microsecond is exact`() {
        for value: Int64 in 0..<1024 {
            var histogram = LatencyHistogram()
            histogram.record(microseconds: value)
            histogram.record(microseconds: 100_000)
            #expect(histogram.quantile(0.5) == value)
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `every quantile is right to one part in 512, and never too low`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var histogram = LatencyHistogram()
        // Over eight orders of magnitude.
        var values = (0..<20_000).map { _ in
            Int64.random(in: 1...(1 << Int64.random(in: 1...30, using: &random)), using: &random)
        }
        for value in values { histogram.record(microseconds: value) }
        values.sort()
        for fraction in [0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1] {
            let exact = values[max(0, Int((fraction * Double(values.count)).rounded(.up)) - 1)]
            let told = histogram.quantile(fraction)
            #expect(told >= exact)
            #expect(Double(told) <= Double(exact) * (1 + 1 / 512.0))
        }
        #expect(histogram.maximum == values.last)
        #expect(histogram.quantile(1) == values.last)
    }

    @Test func `values beyond its ends count as its ends`() {
        var histogram = LatencyHistogram()
        histogram.record(microseconds: -5)
        histogram.record(microseconds: .max)
        histogram.record(.seconds(1_000_000_000_000))
        #expect(histogram.quantile(0.3) == 0)
        #expect(histogram.maximum == 1 << 36)
        #expect(histogram.count == 3)
    }

    @Test func `durations are rounded to microseconds`() {
        var histogram = LatencyHistogram()
        histogram.record(.nanoseconds(1499))
        #expect(histogram.maximum == 1)
        histogram.record(.nanoseconds(1500))
        #expect(histogram.maximum == 2)
        histogram.record(.seconds(2))
        #expect(histogram.maximum == 2_000_000)
    }

    @Test func `two histograms together tell what one would have told`() {
        var left = LatencyHistogram()
        var right = LatencyHistogram()
        var whole = LatencyHistogram()
        var random = SeededRandom(seed: 3)
        for place in 0..<1000 {
            let value = Int64.random(in: 0...1_000_000, using: &random)
            whole.record(microseconds: value)
            if place % 3 == 0 { left.record(microseconds: value) } else { right.record(microseconds: value) }
        }
        left.merge(right)
        #expect(left.json == whole.json)
    }
}
