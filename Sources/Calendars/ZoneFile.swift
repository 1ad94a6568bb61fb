/// Why a time zone could not be had, in words for a person.
package struct ZoneProblem: Error, Hashable, Sendable {
    package var reason: String
    package var remedy: String

    package init(reason: String, remedy: String) {
        self.reason = reason
        self.remedy = remedy
    }
}

/// Reads the system's compiled time zones: TZif of RFC 9636, versions 2 to 4, with the rule in its footer. Files of
/// version 1 end in 2037 and are refused.
package enum ZoneFile {
    package static func rules(_ bytes: [UInt8], name: String) throws(ZoneProblem) -> ZoneRules {
        var cursor = Cursor(bytes: bytes[...])
        guard let first = cursor.header(), first.version >= 2 else {
            throw broken(name, "is no time zone file of version 2 or later")
        }
        guard cursor.skip(first.length(wide: 4)), let header = cursor.header() else {
            throw broken(name, "ends too early")
        }
        guard header.leaps == 0 else {
            throw ZoneProblem(
                reason: "the time zone \(name) counts leap seconds, as no other clock here does",
                remedy: "use the zone without 'right/'")
        }
        return try body(&cursor, header, name)
    }

    private static func body(_ cursor: inout Cursor, _ header: Header, _ name: String) throws(ZoneProblem) -> ZoneRules
    {
        var moments: [Int64] = []
        for _ in 0..<header.times { moments.append(cursor.integer(8)) }
        var kinds: [Int] = []
        for _ in 0..<header.times { kinds.append(Int(cursor.integer(1) & 0xFF)) }
        var offsets: [Int] = []
        for _ in 0..<header.types {
            offsets.append(Int(cursor.integer(4)))
            _ = cursor.skip(2)
        }
        guard cursor.skip(header.characters + header.standards + header.universals), !cursor.isBroken,
            let footer = cursor.line(), !offsets.isEmpty, kinds.allSatisfy({ $0 < offsets.count }),
            zip(moments, moments.dropFirst()).allSatisfy({ $0 < $1 }), offsets.allSatisfy({ abs($0) <= 90_000 })
        else { throw broken(name, "contradicts itself or ends too early") }
        var yearly: YearlyRule?
        if !footer.isEmpty {
            yearly = ZoneText.rule(footer)
            guard yearly != nil else { throw broken(name, "ends with a rule that cannot be read: \(footer)") }
        }
        return ZoneRules(
            name: name, earliest: offsets[0],
            transitions: zip(moments, kinds).map { ZoneRules.Transition(at: $0, offset: offsets[$1]) }, yearly: yearly)
    }

    private static func broken(_ name: String, _ what: String) -> ZoneProblem {
        ZoneProblem(reason: "the file of the time zone \(name) \(what)", remedy: "install the package tzdata again")
    }

    private struct Header {
        var version: Int
        var universals: Int
        var standards: Int
        var leaps: Int
        var times: Int
        var types: Int
        var characters: Int

        func length(wide: Int) -> Int {
            times * (wide + 1) + types * 6 + characters + leaps * (wide + 4) + standards + universals
        }
    }

    private struct Cursor {
        var bytes: ArraySlice<UInt8>
        private(set) var isBroken = false

        init(bytes: ArraySlice<UInt8>) {
            self.bytes = bytes
        }

        mutating func header() -> Header? {
            guard bytes.starts(with: Array("TZif".utf8)), skip(4), let version = bytes.first, skip(16) else {
                return nil
            }
            var counts: [Int] = []
            for _ in 0..<6 { counts.append(Int(integer(4) & 0xFFFF_FFFF)) }
            // No zone comes near a million of anything.
            guard !isBroken, counts.allSatisfy({ $0 < 1_000_000 }) else { return nil }
            let number = version == 0 ? 1 : Int(version) - 0x30
            return Header(
                version: number, universals: counts[0], standards: counts[1], leaps: counts[2], times: counts[3],
                types: counts[4], characters: counts[5])
        }

        mutating func skip(_ count: Int) -> Bool {
            guard count <= bytes.count else {
                isBroken = true
                return false
            }
            bytes.removeFirst(count)
            return true
        }

        /// Big-endian, signed; 0 beyond the end, which `isBroken` tells.
        mutating func integer(_ width: Int) -> Int64 {
            let part = bytes.prefix(width)
            guard skip(width) else { return 0 }
            let start: Int64 = part.first! & 0x80 == 0 ? 0 : -1
            return part.reduce(start) { $0 << 8 | Int64($1) }
        }

        /// The footer, between two line feeds.
        mutating func line() -> String? {
            guard bytes.first == 0x0A, skip(1), let end = bytes.firstIndex(of: 0x0A) else { return nil }
            return String(decoding: bytes[..<end], as: UTF8.self)
        }
    }
}
