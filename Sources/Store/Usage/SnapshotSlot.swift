import FieldModel

/// One slot of the snapshot file: checksum, generation, part, up, down, time, key; little-endian.
struct SnapshotSlot: Hashable {
    static let size = 64
    static let page = 4096
    static let perPage = page / size

    /// Where things are in a slot.
    private enum Place {
        static let sum = 0
        static let generation = 4
        static let part = 8
        static let up = 12
        static let down = 20
        static let last = 28
        static let start = 36
        static let id = 44
        static let tuple = 48
    }

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

    func write(to slot: UnsafeMutableRawBufferPointer) {
        let key = mark?.key ?? .none
        slot.storeBytes(of: generation.littleEndian, toByteOffset: Place.generation, as: UInt32.self)
        slot.storeBytes(of: (mark?.part ?? 0).littleEndian, toByteOffset: Place.part, as: UInt32.self)
        slot.storeBytes(of: (mark?.up ?? 0).littleEndian, toByteOffset: Place.up, as: UInt64.self)
        slot.storeBytes(of: (mark?.down ?? 0).littleEndian, toByteOffset: Place.down, as: UInt64.self)
        slot.storeBytes(of: (mark?.last.microseconds ?? 0).littleEndian, toByteOffset: Place.last, as: Int64.self)
        slot.storeBytes(of: key.start.littleEndian, toByteOffset: Place.start, as: UInt64.self)
        slot.storeBytes(of: key.id.littleEndian, toByteOffset: Place.id, as: UInt32.self)
        slot.storeBytes(of: key.tuple.bigEndian, toByteOffset: Place.tuple, as: UInt128.self)
        slot.storeBytes(
            of: Self.sum(UnsafeRawBufferPointer(slot)).littleEndian, toByteOffset: Place.sum, as: UInt32.self)
    }

    /// Nil where the slot is not whole.
    private init?(_ slot: UnsafeRawBufferPointer) {
        func number<Number: FixedWidthInteger>(_ place: Int, _ type: Number.Type) -> Number {
            Number(littleEndian: slot.loadUnaligned(fromByteOffset: place, as: type))
        }
        guard number(Place.sum, UInt32.self) == Self.sum(slot) else { return nil }
        generation = number(Place.generation, UInt32.self)
        let key = FlowMark.Key(
            start: number(Place.start, UInt64.self), id: number(Place.id, UInt32.self),
            tuple: number(Place.tuple, UInt128.self).byteSwapped)
        guard key != .none else { return }
        mark = FlowMark(
            key: key, up: number(Place.up, UInt64.self), down: number(Place.down, UInt64.self),
            last: Timestamp(microseconds: number(Place.last, Int64.self)), part: number(Place.part, UInt32.self))
    }

    private static func sum(_ slot: UnsafeRawBufferPointer) -> UInt32 {
        Checksum.crc32(UnsafeRawBufferPointer(rebasing: slot.dropFirst(Place.generation)))
    }

    enum Found: Hashable {
        case unused, broken
        case slot(SnapshotSlot)

        var slot: SnapshotSlot? { if case .slot(let slot) = self { slot } else { nil } }
    }
}

extension SnapshotSlot {
    /// What a place of the file holds.
    static func found(_ file: [UInt8], at offset: Int) -> Found {
        guard offset + size <= file.count else {
            return offset < file.count && file[offset...].contains { $0 != 0 } ? .broken : .unused
        }
        return file.withUnsafeBytes { file in
            let bytes = UnsafeRawBufferPointer(rebasing: file[offset..<offset + size])
            guard bytes.contains(where: { $0 != 0 }) else { return .unused }
            return SnapshotSlot(bytes).map { .slot($0) } ?? .broken
        }
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
            sum == Self.sum(boot)
        else { return nil }
        self.boot = boot
    }

    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: Self.size)
        for byte in Self.magic { writer.byte(byte) }
        writer.fixed(Self.sum(boot))
        writer.text(boot)
        return writer.bytes + [UInt8](repeating: 0, count: max(0, Self.size - writer.bytes.count))
    }

    private static func sum(_ boot: String) -> UInt32 { Array(boot.utf8).withUnsafeBytes { Checksum.crc32($0) } }
}

enum Checksum {
    /// Four tables of 256: what a byte does to the sum when none, one, two or three bytes follow it.
    private static let table: [UInt32] = {
        var table: [UInt32] = (0..<256).map { index in
            (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
        }
        for place in 0..<768 { table.append(table[Int(table[place] & 0xFF)] ^ table[place] >> 8) }
        return table
    }()

    /// CRC-32 as in ISO 3309, four bytes at a time.
    static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            func entry(_ distance: Int, _ byte: UInt32) -> UInt32 { table[distance * 256 + Int(byte & 0xFF)] }
            var sum: UInt32 = 0xFFFF_FFFF
            let words = bytes.count / 4 * 4
            for place in stride(from: 0, to: words, by: 4) {
                let word = sum ^ UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                sum = entry(3, word) ^ entry(2, word >> 8) ^ entry(1, word >> 16) ^ entry(0, word >> 24)
            }
            for byte in bytes[words...] { sum = entry(0, sum ^ UInt32(byte)) ^ sum >> 8 }
            return ~sum
        }
    }
}
