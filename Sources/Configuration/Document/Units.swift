import FieldModel

/// Durations and sizes, as people write them.
enum Units {
    static func duration(_ text: String) -> Duration? {
        let scales: [(String, Int64)] = [
            ("ms", 1_000_000), ("us", 1000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
            ("d", 86_400_000_000_000),
        ]
        return scaled(text, scales).map { .nanoseconds($0) }
    }

    static func bytes(_ text: String) -> Int? {
        let scales: [(String, Int64)] = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1000), ("MB", 1_000_000),
            ("GB", 1_000_000_000), ("B", 1),
        ]
        return scaled(text, scales).flatMap { Int(exactly: $0) }
    }

    static func rate(_ text: String) -> BitRate? {
        let scales: [(String, Int64)] = [
            ("kbit/s", 1000), ("Mbit/s", 1_000_000), ("Gbit/s", 1_000_000_000), ("bit/s", 1),
        ]
        return scaled(text, scales).map { BitRate(bitsPerSecond: $0) }
    }

    private static func scaled(_ text: String, _ scales: [(String, Int64)]) -> Int64? {
        for (suffix, scale) in scales where text.hasSuffix(suffix) {
            let number = text.dropLast(suffix.count).filter { $0 != " " }
            guard let decimal = DecimalNumber(number), decimal.mantissa >= 0,
                let product = decimal.multiplied(by: DecimalNumber(mantissa: scale))
            else { return nil }
            return Int64(exactly: product.double.rounded())
        }
        return nil
    }
}
