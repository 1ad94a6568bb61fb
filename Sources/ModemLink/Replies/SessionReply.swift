import FieldModel

/// The data session, what it carried, and the rest that is asked at each round.
package enum SessionReply {
    /// +CGACT (3GPP TS 27.007, 10.1.10). Nil where the context is not among those told.
    package static func isActive(_ lines: [String], context: Int) -> Bool? {
        lines.fields(of: "+CGACT").last { $0.integer(0) == context }.flatMap { $0.integer(1) }.map { $0 == 1 }
    }

    /// +CGPADDR (10.1.14): IPv4 and IPv6, in one field or two.
    package static func addresses(_ lines: [String], context: Int) -> [String] {
        guard let fields = lines.fields(of: "+CGPADDR").last(where: { $0.integer(0) == context }) else { return [] }
        return (1..<max(1, fields.count)).compactMap { fields.text($0) }.flatMap { $0.split(separator: " ") }
            .flatMap { $0.split(separator: ",") }.compactMap { address(String($0)) }
    }

    /// IPv6 may come as sixteen decimal numbers; all zeros is no address.
    private static func address(_ text: String) -> String? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        if parts.count == 4, !parts.contains(nil) { return parts.allSatisfy { $0 == 0 } ? nil : text }
        if parts.count == 16, !parts.contains(nil) {
            guard !parts.allSatisfy({ $0 == 0 }) else { return nil }
            let groups = stride(from: 0, to: 16, by: 2).map { UInt16(parts[$0]!) << 8 | UInt16(parts[$0 + 1]!) }
            return groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let isV6 = text.contains(":") && text.utf8.allSatisfy { $0 == UInt8(ascii: ":") || isHexadecimal($0) }
        return isV6 && text.contains { $0 != "0" && $0 != ":" } ? text : nil
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// `+QGDCNT: a,b`: the two as they stand.
    package static func counters(_ lines: [String], of command: String) -> (first: UInt64, second: UInt64)? {
        guard let name = ATRequest.prefix(of: command), let fields = lines.fields(of: name).last,
            let first = fields.unsigned(0), let second = fields.unsigned(1)
        else { return nil }
        return (first, second)
    }

    /// The hottest of all sensors, in one line or many; what no sensor measures is left out.
    package static func temperature(_ lines: [String], of command: String) -> Double? {
        guard let name = ATRequest.prefix(of: command) else { return nil }
        let values = lines.fields(of: name).flatMap { fields in
            fields.fields.indices.compactMap { fields.number($0) }
        }
        return values.filter { (-50...150).contains($0) }.max()
    }

    /// `+CCLK: "yy/MM/dd,hh:mm:ss+32"`: local time, and its distance from UTC in quarters of an hour.
    package static func clock(_ lines: [String]) -> Timestamp? {
        guard let text = lines.fields(of: "+CCLK").last?.text(0) else { return nil }
        let bytes = Array(text.utf8)
        guard bytes.count >= 17, bytes[2] == UInt8(ascii: "/"), bytes[8] == UInt8(ascii: ",") else { return nil }
        func part(_ start: Int) -> String { String(decoding: bytes[start..<start + 2], as: UTF8.self) }
        // Modems that were never told the time begin in 1970 or 1980.
        guard let year = Int(part(0)), (20..<70).contains(year) else { return nil }
        let local = "20\(part(0))-\(part(3))-\(part(6))T\(part(9)):\(part(12)):\(part(15))Z"
        guard let stamp = Timestamp(rfc3339: local) else { return nil }
        guard bytes.count > 17 else { return stamp }
        let zone = String(decoding: bytes[17...], as: UTF8.self)
        guard let quarters = Int(zone), abs(quarters) <= 56 else { return nil }
        return Timestamp(microseconds: stamp.microseconds - Int64(quarters) * 900_000_000)
    }
}
