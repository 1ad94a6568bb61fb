import FieldModel

/// What keys typed at a terminal ask for.
///
/// A terminal tells no release. So enable holds from key to key: after a first press as long as a keyboard waits before
/// it repeats, then only from one repetition to the next. While another key is down the space bar does not repeat, so
/// keys of the axes carry enable on; they move axes only while it holds.
struct KeyboardState {
    private let hold: Duration
    private let repeatHold: Duration
    private var sample: OperatorSample
    /// Tenths of each axis: steps add up without rounding.
    private var tenths: [Int]
    private var heldUntil: Instant?
    private var last: (key: UInt8, at: Instant)?

    init(axes: Int, hold: Duration, repeatHold: Duration) {
        self.hold = hold
        self.repeatHold = repeatHold
        sample = OperatorSample(axes: [Double](repeating: 0, count: axes))
        tenths = [Int](repeating: 0, count: axes)
    }

    func current() -> OperatorSample { sample }

    /// Releases enable when no key has carried it on; true when that happened now.
    @discardableResult
    mutating func lapse(at now: Instant) -> Bool {
        guard let heldUntil, heldUntil < now else { return false }
        release()
        return true
    }

    /// Takes what one read gave. What comes after a lapse in the same moment was typed before it: of this only stops and
    /// the like count.
    mutating func take(_ bytes: some Sequence<UInt8>, at now: Instant) {
        let isStale = lapse(at: now)
        for byte in bytes {
            press(Self.lowercase(byte), isStale: isStale, at: now)
            // An arrow or a function key begins like Esc. It is a stop as well; its tail means nothing.
            if byte == 0x1b { return }
        }
    }

    mutating func release() {
        heldUntil = nil
        last = nil
        for place in tenths.indices { tenths[place] = 0 }
        sample = sample.released
    }

    private mutating func press(_ key: UInt8, isStale: Bool, at now: Instant) {
        switch key {
        case 0x1b, 0x08, 0x7f:  // Esc, Backspace
            sample.stops += 1
            release()
        case 0x03:  // Control-C
            sample.stops += 1
            sample.quits += 1
            release()
        case 0x0d, 0x0a: sample.acknowledgements += 1
        case UInt8(ascii: "h"): sample.handOvers += 1
        case UInt8(ascii: "q"): sample.quits += 1
        case UInt8(ascii: "x"), UInt8(ascii: "0"):
            for place in tenths.indices { move(place, to: 0) }
        case UInt8(ascii: " ") where !isStale: carry(key, at: now)
        default:
            guard !isStale, heldUntil != nil, let (place, step) = Self.steps[key], place < tenths.count else { return }
            carry(key, at: now)
            move(place, to: tenths[place] + step)
        }
    }

    private mutating func move(_ place: Int, to wanted: Int) {
        tenths[place] = min(max(wanted, -10), 10)
        sample.axes[place] = Double(tenths[place]) / 10
    }

    private mutating func carry(_ key: UInt8, at now: Instant) {
        // A tapped key of an axis comes again as well, but not as fast as a repeated one.
        let isRepeated = last.map { $0.key == key && (key == 0x20 || $0.at.duration(to: now) <= repeatHold) } ?? false
        heldUntil = now + (isRepeated ? repeatHold : hold)
        last = (key, now)
        sample.enable = true
    }

    private static let steps: [UInt8: (place: Int, step: Int)] = [
        UInt8(ascii: "w"): (0, 1), UInt8(ascii: "s"): (0, -1), UInt8(ascii: "d"): (1, 1), UInt8(ascii: "a"): (1, -1),
        UInt8(ascii: "i"): (2, 1), UInt8(ascii: "k"): (2, -1), UInt8(ascii: "l"): (3, 1), UInt8(ascii: "j"): (3, -1),
    ]

    private static func lowercase(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte + 0x20 : byte }
}
