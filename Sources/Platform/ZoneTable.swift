import FieldModel

/// When a time zone changes its offset, from the system's compiled zones (TZif, RFC 9636).
///
/// The list ends where the file's does: Debian's go to 2037.
package enum ZoneTable {
    package static let folder = "/usr/share/zoneinfo/"

    /// From each moment on, seconds east of Greenwich; the first from the beginning of time. Nil where there is no such
    /// zone, or its file makes no sense.
    package static func changes(of name: String, in folder: String = ZoneTable.folder) -> [(Timestamp, Int)]? {
        guard !name.isEmpty, !name.contains(".."), !name.hasPrefix("/"), let bytes = try? FileText.bytes(folder + name)
        else { return nil }
        return changes(bytes)
    }

    static func changes(_ bytes: [UInt8]) -> [(Timestamp, Int)]? {
        var cursor = Cursor(bytes)
        guard let first = cursor.header(), first.version >= 0x32 else { return nil }
        cursor.place += first.length(4)
        guard let header = cursor.header(), cursor.place + header.length(8) <= bytes.count, header.types > 0 else {
            return nil
        }
        let moments = (0..<header.times).map { _ in cursor.number(8) }
        let kinds = (0..<header.times).map { _ in Int(cursor.number(1) & 0xFF) }
        let offsets = (0..<header.types).map { _ in
            defer { cursor.place += 2 }
            return Int(cursor.number(4))
        }
        guard kinds.allSatisfy({ $0 < offsets.count }) else { return nil }
        var changes = [(Timestamp(microseconds: .min), offsets[0])]
        for (moment, kind) in zip(moments, kinds) where abs(moment) < 1 << 42 {
            changes.append((Timestamp(microseconds: moment * 1_000_000), offsets[kind]))
        }
        return changes
    }

    private struct Header {
        var version: UInt8
        var counts: [Int]
        var times: Int { counts[3] }
        var types: Int { counts[4] }

        func length(_ wide: Int) -> Int {
            counts[3] * (wide + 1) + counts[4] * 6 + counts[5] + counts[2] * (wide + 4) + counts[1] + counts[0]
        }
    }

    private struct Cursor {
        let bytes: [UInt8]
        var place = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func header() -> Header? {
            guard place + 44 <= bytes.count, Array(bytes[place..<place + 4]) == Array("TZif".utf8) else { return nil }
            let version = bytes[place + 4]
            place += 20
            let counts = (0..<6).map { _ in Int(number(4)) }
            return counts.allSatisfy { (0..<1_000_000).contains($0) } ? Header(version: version, counts: counts) : nil
        }

        /// Big-endian, signed.
        mutating func number(_ width: Int) -> Int64 {
            guard place + width <= bytes.count else { return 0 }
            var value: Int64 = bytes[place] & 0x80 == 0 ? 0 : -1
            for byte in bytes[place..<place + width] { value = value << 8 | Int64(byte) }
            place += width
            return value
        }
    }
}
