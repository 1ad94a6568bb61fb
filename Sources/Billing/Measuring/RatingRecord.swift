import FieldModel

/// A usage record as rating sees it. Corrections are records too, with signed figures; `opened` is then their target's.
package struct RatingRecord: Hashable, Sendable {
    /// `t_open`: the whole record belongs to the period, the plan version and the sample that contain it.
    package var opened: Timestamp
    /// Whose line carried it: as assigned in `RatingInput.lines` and named in pools.
    package var line: String
    package var trafficClass: UInt16
    /// By the site's map of classes; nil where it has none.
    package var ratingGroup: String?
    /// Which connection it is a part of; nil for what belongs to none, which is then quantised together, per line.
    package var connection: ConnectionKey?
    /// Bytes of the IP layer, corrections included: `d_up`, `d_dn`.
    package var up: Int64
    package var down: Int64
    package var messages: Int64
    /// Counted without the kernel's rights.
    package var isEstimated: Bool
    /// Its time could not be corrected: it was put where it was received.
    package var isMisplaced: Bool

    package init(
        opened: Timestamp, line: String, trafficClass: UInt16 = 0, ratingGroup: String? = nil,
        connection: ConnectionKey? = nil, up: Int64 = 0, down: Int64 = 0, messages: Int64 = 0,
        isEstimated: Bool = false, isMisplaced: Bool = false
    ) {
        self.opened = opened
        self.line = line
        self.trafficClass = trafficClass
        self.ratingGroup = ratingGroup
        self.connection = connection
        self.up = up
        self.down = down
        self.messages = messages
        self.isEstimated = isEstimated
        self.isMisplaced = isMisplaced
    }
}

/// A quantity reported from outside: tonnes of a weighbridge, flights of a log book.
package struct ExternalReading: Hashable, Sendable {
    package var opened: Timestamp
    package var line: String
    /// As the meter's `name` has it.
    package var name: String
    /// In 10⁻¹² of the unit: see `DecimalText.scaled`.
    package var scaled: Int128

    package init(opened: Timestamp, line: String, name: String, scaled: Int128) {
        self.opened = opened
        self.line = line
        self.name = name
        self.scaled = scaled
    }

    /// Nil when `quantity` is no plain decimal.
    package init?(opened: Timestamp, line: String, name: String, quantity: some StringProtocol) {
        guard let scaled = DecimalText.scaled(quantity) else { return nil }
        self.init(opened: opened, line: line, name: name, scaled: scaled)
    }
}

/// A span in which a line's traffic may have gone unrecorded.
package struct RatingGap: Hashable, Sendable {
    package var line: String
    package var from: Timestamp
    package var to: Timestamp

    package init(line: String, from: Timestamp, to: Timestamp) {
        self.line = line
        self.from = from
        self.to = to
    }
}

/// Names a connection for ever: (boot_id, ct_start, ct_id, tuple_h) of its gateway.
package struct ConnectionKey: Hashable, Sendable {
    private let start: UInt64
    private let id: UInt32
    private let boot: Halves
    private let tuple: Halves

    package init(boot: some StringProtocol, start: UInt64, id: UInt32, tuple: some StringProtocol) {
        self.start = start
        self.id = id
        self.boot = Halves(boot)
        self.tuple = Halves(tuple)
    }

    package init(_ connection: UsageConnection) {
        self.init(boot: connection.boot, start: connection.start, id: connection.id, tuple: connection.tuple)
    }

    /// 128 bits: the hexadecimal digits of the text where it has 32 of them, as boot ids and keyed hashes do; any other
    /// text is folded in, byte by byte (FNV-1a).
    private struct Halves: Hashable, Sendable {
        private let high: UInt64
        private let low: UInt64

        init(_ text: some StringProtocol) {
            var value: UInt128 = 0
            var digits = 0
            var isHexadecimal = true
            var folded: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
            for byte in text.utf8 {
                folded = (folded ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
                switch byte {
                case UInt8(ascii: "-"): continue
                case 0x30...0x39: value = value << 4 | UInt128(byte - 0x30)
                case 0x61...0x66: value = value << 4 | UInt128(byte - 0x57)
                case 0x41...0x46: value = value << 4 | UInt128(byte - 0x37)
                default: isHexadecimal = false
                }
                digits += 1
            }
            let bits = isHexadecimal && digits == 32 ? value : folded
            high = UInt64(truncatingIfNeeded: bits >> 64)
            low = UInt64(truncatingIfNeeded: bits)
        }
    }
}
