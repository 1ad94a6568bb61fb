/// A message on its way to the modem: SMS-DELIVER of 3GPP TS 23.040, 9.2.2.1, its text in UCS2.
struct Delivery: Equatable, Sendable {
    let number: String
    let text: String
    let stamp: CalendarTime

    /// UCS2 carries every text, and 70 units fit; the rest is cut off.
    private var units: [UInt16] { Array(text.utf16.prefix(70)) }

    private var octets: [UInt8] {
        let digits = number.filter(\.isNumber)
        let type: UInt8 = number.hasPrefix("+") ? 0x91 : 0x81
        let body = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        // Deliver, no more to send; data coding 8 is UCS2; the zone is 32 quarter-hours east.
        let stampOctets = (stamp.fields + [32]).map { UInt8($0 % 10 << 4 | $0 / 10) }
        return [0x04, UInt8(digits.count), type] + Self.swapped(digits) + [0, 8] + stampOctets
            + [UInt8(body.count)] + body
    }

    /// Octets without the service centre's address, as CMGR counts them.
    var pduLength: Int { octets.count }

    /// With an empty service centre's address before it.
    var pdu: String { Octets(bytes: [0] + octets).hexadecimal }

    /// Semi-octets, the later digit in the upper half, filled up with F.
    static func swapped(_ digits: String) -> [UInt8] {
        let values = digits.compactMap(\.wholeNumberValue).map(UInt8.init)
        return stride(from: 0, to: values.count, by: 2).map { place in
            (place + 1 < values.count ? values[place + 1] : 0xF) << 4 | values[place]
        }
    }

    static func == (one: Delivery, other: Delivery) -> Bool {
        one.number == other.number && one.text == other.text && one.stamp.text == other.stamp.text
    }
}

/// Bytes and their hexadecimal text.
struct Octets: Equatable, Sendable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// nil for anything but pairs of digits.
    init?(hexadecimal text: String) {
        let digits = text.filter { !$0.isWhitespace }.map(\.hexDigitValue)
        guard digits.count.isMultiple(of: 2), !digits.isEmpty else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[place], let low = digits[place + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        self.bytes = bytes
    }

    var hexadecimal: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }
}
