/// Bits in a second, of IP packets.
public struct BitRate: Hashable, Sendable, Comparable {
    public var bitsPerSecond: Int64

    public init(bitsPerSecond: Int64) { self.bitsPerSecond = bitsPerSecond }

    public static func kilobits(_ count: Double) -> BitRate { BitRate(bitsPerSecond: Int64(count * 1e3)) }
    public static func megabits(_ count: Double) -> BitRate { BitRate(bitsPerSecond: Int64(count * 1e6)) }

    public var inMegabits: Double { Double(bitsPerSecond) / 1e6 }

    public static func < (left: Self, right: Self) -> Bool { left.bitsPerSecond < right.bitsPerSecond }

    public static func * (rate: Self, factor: Double) -> Self {
        BitRate(bitsPerSecond: Int64((Double(rate.bitsPerSecond) * factor).rounded()))
    }
}
