import FieldGateTesting
import FieldModel
import Telemetry
import Testing

func point(
    _ id: String, _ address: Int, _ type: PointType = .u16, table: RegisterTable = .input, group: String? = "g"
) -> Point {
    Point(id: id, table: table, address: address, type: type, group: group)
}

@Suite("Read plans")
struct ReadPlanTests {
    private func ranges(_ points: [Point], registers: Int = 125, coils: Int = 2000) -> [Range<Int>] {
        ReadPlan(points: points, maxRegisters: registers, maxCoils: coils).blocks.map(\.addresses)
    }

    @Test("Points side by side are read together, in whatever order they are listed")
    func adjacent() {
        #expect(ranges([point("c", 4, .f64), point("a", 0), point("b", 1, .u32), point("d", 3)]) == [0..<8])
    }

    @Test("A gap between points is never read")
    func gap() {
        #expect(ranges([point("a", 0), point("b", 2)]) == [0..<1, 2..<3])
        #expect(ranges([point("a", 10, .u32), point("b", 13), point("c", 12)]) == [10..<14])
    }

    @Test("Tables are not mixed")
    func tables() {
        let blocks = ReadPlan(
            points: [
                point("h", 1, table: .holding), point("i", 0), point("d", 0, .bool, table: .discrete),
                point("c", 1, .bool, table: .coil),
            ], maxRegisters: 125, maxCoils: 2000
        ).blocks
        #expect(blocks.map(\.table) == [.coil, .discrete, .input, .holding])
    }

    @Test("A read brings at most 125 registers and 2000 bits, or what the device allows")
    func limits() {
        let registers = (0..<300).map { point("r\($0)", $0) }
        #expect(ranges(registers) == [0..<125, 125..<250, 250..<300])
        #expect(ranges(registers, registers: 100) == [0..<100, 100..<200, 200..<300])
        #expect(ranges(Array(registers[..<3]), registers: 1) == [0..<1, 1..<2, 2..<3])
        let coils = (0..<4100).map { point("c\($0)", $0, .bool, table: .coil) }
        #expect(ranges(coils, registers: 1) == [0..<2000, 2000..<4000, 4000..<4100])
        #expect(ranges(coils, coils: 4096) == [0..<4096, 4096..<4100])
    }

    @Test("A point of several registers is never split")
    func wide() {
        let doubles = (0..<40).map { point("d\($0)", $0 * 4, .f64) }
        #expect(ranges(doubles) == [0..<124, 124..<160])
        #expect(ranges([point("a", 0), point("s", 1, .string(registers: 10))], registers: 10) == [0..<1, 1..<11])
    }

    @Test("Bits share their register with one another and with the whole")
    func bits() {
        let points = [point("b0", 5, .bit(0)), point("word", 5), point("b15", 5, .bit(15)), point("next", 6)]
        let blocks = ReadPlan(points: points, maxRegisters: 125, maxCoils: 2000).blocks
        #expect(blocks.map(\.addresses) == [5..<7])
        #expect(Set(blocks[0].slots.map(\.point)) == [0, 1, 2, 3])
        #expect(blocks[0].slots.filter { $0.point < 3 }.allSatisfy { $0.offset == 0 && $0.width == 1 })
    }

    @Test("No points, no reads")
    func nothing() {
        #expect(ranges([]).isEmpty)
    }

    @Test("A block asks for exactly its registers")
    func request() {
        let block = ReadPlan(points: [point("a", 65_535)], maxRegisters: 125, maxCoils: 2000).blocks[0]
        #expect(block.request(unit: 7) == ReadRequest(unit: 7, table: .input, address: 65_535, count: 1))
    }

    @Test("Over random points every register is covered, none between them, and no limit is passed", arguments: 0..<40)
    func property(_ seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let (registers, coils) = (Int.random(in: 4...125, using: &random), Int.random(in: 1...2000, using: &random))
        let points = Self.points(&random)
        let blocks = ReadPlan(points: points, maxRegisters: registers, maxCoils: coils).blocks
        var covers = [Int](repeating: 0, count: points.count)
        for block in blocks {
            #expect(block.count <= (block.table.holdsBits ? coils : registers))
            var wanted = Set<Int>()
            for slot in block.slots {
                let point = points[slot.point]
                covers[slot.point] += 1
                #expect(point.table == block.table)
                #expect(block.address + slot.offset == point.address)
                #expect(slot.width == point.type.width)
                #expect(slot.offset + slot.width <= block.count)
                wanted.formUnion(point.addresses)
            }
            #expect(wanted == Set(block.addresses))
        }
        #expect(covers.allSatisfy { $0 == 1 })
        Self.checkNoNeedlessRead(blocks, registers, coils)
    }

    /// Two blocks that touch would have been one, had the limit or the width of the next point allowed it.
    private static func checkNoNeedlessRead(_ blocks: [ReadBlock], _ registers: Int, _ coils: Int) {
        for (left, right) in zip(blocks, blocks.dropFirst()) where left.table == right.table {
            guard left.addresses.upperBound >= right.address, let first = right.slots.first else { continue }
            #expect(right.address + first.width - left.address > (left.table.holdsBits ? coils : registers))
        }
    }

    /// Points that do not overlap, in random order; some registers hold bits, with and without the whole beside them.
    private static func points(_ random: inout SeededRandom) -> [Point] {
        var points: [Point] = []
        for table in RegisterTable.allCases {
            var address = Int.random(in: 0..<50, using: &random)
            for index in 0..<Int.random(in: 0..<120, using: &random) {
                address += [0, 0, 0, 0, 1, 7][Int.random(in: 0..<6, using: &random)]
                let types: [PointType] = [.u16, .i32, .f64, .string(registers: 3), .bcd32, .bit(2)]
                let type = table.holdsBits ? .bool : types[Int.random(in: 0..<6, using: &random)]
                points.append(point("\(table.rawValue)\(index)", address, type, table: table))
                if type == .bit(2) {
                    points.append(point("\(table.rawValue)\(index)b", address, .bit(9), table: table))
                    if Bool.random(using: &random) {
                        points.append(point("\(table.rawValue)\(index)w", address, .u16, table: table))
                    }
                }
                address += type.width
            }
        }
        return points.shuffled(using: &random)
    }
}
