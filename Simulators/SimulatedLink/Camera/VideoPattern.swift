import SimulatorKit

/// The frames of an encoder at a constant mean rate: one key frame, then smaller ones until the next.
package struct VideoPattern: Sendable {
    /// A key frame is about so many times as large as another.
    package static let keyFactor = 8.0

    package struct Frame: Equatable, Sendable {
        package let isKey: Bool
        package let bytes: Int
    }

    package let framesPerSecond: Int
    private let period: Int
    private let deltaBytes: Double
    private var random: Randomness
    private var number = 0

    /// `rate` in bit/s of video, headers apart; `keyEvery` in nanoseconds.
    package init(rate: Int64, framesPerSecond: Int, keyEvery: Int64, seed: UInt64) {
        self.framesPerSecond = framesPerSecond
        period = max(1, Int((Double(keyEvery) / 1e9 * Double(framesPerSecond)).rounded()))
        let groupBytes = Double(rate) / 8 * Double(period) / Double(framesPerSecond)
        deltaBytes = groupBytes / (Double(period - 1) + Self.keyFactor)
        random = Randomness(seed: seed)
    }

    /// Sizes spread by a fifth about their mean.
    package mutating func next() -> Frame {
        let isKey = number % period == 0
        number += 1
        let mean = isKey ? deltaBytes * Self.keyFactor : deltaBytes
        return Frame(isKey: isKey, bytes: max(1, Int(mean * (1 + 0.2 * random.normal().clamped(to: -3...3)))))
    }
}
