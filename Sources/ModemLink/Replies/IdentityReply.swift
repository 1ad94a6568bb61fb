import FieldModel

/// Who the modem and its card are, as read from replies.
package enum IdentityReply {
    /// A name: a bare line, or `+CGMM: "…"`.
    package static func word(_ lines: [String]) -> String {
        guard let line = lines.first else { return "" }
        if UnsolicitedLine.name(of: line) != nil { return ReplyFields(line).text(0) ?? "" }
        return line.filter { $0 != "\"" }.trimmingSpaces
    }

    /// 14 to 16 digits in any line; the rest, such as a serial number, is none of ours.
    package static func imei(_ lines: [String]) -> String {
        lines.lazy.map { digits(of: $0) }.first { $0.count == 15 } ?? ""
    }

    package static func imsi(_ lines: [String]) -> String {
        lines.lazy.map { digits(of: $0) }.first { (6...15).contains($0.count) } ?? ""
    }

    /// 18 to 20 digits; the half byte that fills the last one is cut off, and swapped pairs are put right.
    package static func iccid(_ lines: [String]) -> String {
        for line in lines {
            let word = word([line]).uppercased()
            guard let digits = card(word) else { continue }
            return digits
        }
        return ""
    }

    private static func card(_ word: String) -> String? {
        guard (18...20).contains(word.count), word.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "F") }) else {
            return nil
        }
        if let digits = unfilled(word) { return digits }
        // As on the card itself: two digits to a byte, the lower half first.
        let bytes = Array(word.utf8)
        guard bytes.count == 20 else { return nil }
        let swapped = stride(from: 0, to: 20, by: 2).flatMap { [bytes[$0 + 1], bytes[$0]] }
        return unfilled(String(decoding: swapped, as: UTF8.self))
    }

    /// All cards begin with 89 (ITU-T E.118).
    private static func unfilled(_ word: String) -> String? {
        let digits = String(word.reversed().drop { $0 == "F" }.reversed())
        return digits.hasPrefix("89") && digits.utf8.allSatisfy(isDigit) ? digits : nil
    }

    private static func digits(of line: String) -> String {
        let word = word([line])
        return word.utf8.allSatisfy(isDigit) ? word : ""
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// 3GPP TS 27.007, 8.3.
    package static func sim(_ lines: [String]) -> SIMState {
        guard let code = lines.fields(of: "+CPIN").last?.text(0) else { return .unknown }
        switch code {
        case "READY": return .ready
        case "SIM PIN", "SIM PIN2": return code == "SIM PIN" ? .pinRequired : .ready
        case "SIM PUK": return .pukRequired
        case "SIM PUK2": return .ready
        case "NOT INSERTED", "NOT READY": return code == "NOT READY" ? .busy : .absent
        default: return .unknown
        }
    }

    /// What a refusal of AT+CPIN? says of the card (3GPP TS 27.007, 9.2).
    package static func sim(refusal: String) -> SIMState {
        let reason = refusal.split(separator: ":").last.map { $0.trimmingSpaces.lowercased() } ?? ""
        switch reason {
        case "10", "sim not inserted": return .absent
        case "11", "sim pin required": return .pinRequired
        case "12", "sim puk required": return .pukRequired
        case "14", "sim busy": return .busy
        default: return .unknown
        }
    }

    /// The slot in use, from 1.
    package static func slot(_ lines: [String], of command: String) -> Int? {
        guard let name = ATRequest.prefix(of: command), let slot = lines.fields(of: name).last?.integer(0) else {
            return nil
        }
        return (1...8).contains(slot) ? slot : nil
    }
}
