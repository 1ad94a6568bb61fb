import FieldModel

/// One slot of the snapshot file: checksum, generation, part, up, down, time, key; little-endian.
struct SnapshotSlot: Hashable {
    static let size = 64
    private static let page = 4096
    private static let perPage = page / size

    var generation: UInt32
    /// Nil where the flow ended.
    var mark: FlowMark?

    /// Behind the header, pages of the two generations take turns.
    static func offset(_ place: Int, _ generation: UInt32) -> Int {
        page + place / perPage * 2 * page + Int(generation % 2) * page + place % perPage * size
    }

    /// How many places a file of so many bytes can have.
    static func places(in bytes: Int) -> Int { max(0, (bytes - page + 2 * page - 1) / (2 * page)) * perPage }

    init(generation: UInt32, mark: FlowMark?) {
        self.generation = generation
        self.mark = mark
    }

    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: Self.size)
        writer.fixed(generation)
        writer.fixed(mark?.part ?? 0)
        writer.fixed(mark?.up ?? 0)
        writer.fixed(mark?.down ?? 0)
        writer.fixed(mark?.last.microseconds ?? 0)
        let body = writer.bytes + (mark?.key ?? [UInt8](repeating: 0, count: FlowMark.keyBytes))
        var sum = ByteWriter(capacity: 4)
        sum.fixed(Checksum.crc32(body))
        return sum.bytes + body
    }

    enum Found: Hashable {
        case unused, broken
        case slot(SnapshotSlot)

        var slot: SnapshotSlot? { if case .slot(let slot) = self { slot } else { nil } }
    }
}

extension SnapshotSlot.Found {
    init(_ file: [UInt8], at offset: Int) {
        guard offset + SnapshotSlot.size <= file.count else {
            self = offset < file.count && file[offset...].contains { $0 != 0 } ? .broken : .unused
            return
        }
        let bytes = Array(file[offset..<offset + SnapshotSlot.size])
        guard bytes.contains(where: { $0 != 0 }) else {
            self = .unused
            return
        }
        var reader = ByteReader(bytes)
        let key = Array(bytes.suffix(FlowMark.keyBytes))
        guard let sum = reader.fixed(UInt32.self), sum == Checksum.crc32(Array(bytes.dropFirst(4))),
            let generation = reader.fixed(UInt32.self), let part = reader.fixed(UInt32.self),
            let up = reader.fixed(UInt64.self), let down = reader.fixed(UInt64.self),
            let last = reader.fixed(Int64.self)
        else {
            self = .broken
            return
        }
        let mark = FlowMark(key: key, up: up, down: down, last: Timestamp(microseconds: last), part: part)
        self = .slot(SnapshotSlot(generation: generation, mark: key.contains { $0 != 0 } ? mark : nil))
    }
}

/// The first page: what the file is, and of which boot.
struct SnapshotHeader {
    private static let magic = Array("FGflow1\n".utf8)
    private static let size = 4096

    var boot: String

    init(boot: String) { self.boot = boot }

    init?(_ file: [UInt8]) {
        guard file.count >= Self.size, file.starts(with: Self.magic) else { return nil }
        var reader = ByteReader(Array(file[Self.magic.count..<Self.size]))
        guard let sum = reader.fixed(UInt32.self), let boot = reader.text(),
            sum == Checksum.crc32(Array(boot.utf8))
        else { return nil }
        self.boot = boot
    }

    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: Self.size)
        for byte in Self.magic { writer.byte(byte) }
        writer.fixed(Checksum.crc32(Array(boot.utf8)))
        writer.text(boot)
        return writer.bytes + [UInt8](repeating: 0, count: max(0, Self.size - writer.bytes.count))
    }
}

enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    /// CRC-32 as in ISO 3309.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(0xFFFF_FFFF) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
    }
}
