extension LatencyHistogram {
    private static let quantiles: [(name: String, fraction: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999),
    ]

    /// `p50 1.234 ms  p90 …  p99 …  p99.9 …  p99.99 …  max …  n 1000`
    public var line: String {
        let figures = Self.quantiles.map { "\($0.name) \(Self.milliseconds(quantile($0.fraction)))" }
        return (figures + ["max \(Self.milliseconds(maximum))", "n \(count)"]).joined(separator: "  ")
    }

    /// `{"unit":"us","n":1000,"p50":1234,…,"max":9876}`: whole microseconds.
    public var json: String {
        let figures = Self.quantiles.map { "\"\($0.name)\":\(quantile($0.fraction))" }
        return "{\"unit\":\"us\",\"n\":\(count),\(figures.joined(separator: ",")),\"max\":\(maximum)}"
    }

    private static func milliseconds(_ microseconds: Int64) -> String {
        let digits = String(microseconds % 1000)
        return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits) ms"
    }
}
