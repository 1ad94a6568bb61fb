import FieldGateTesting
import FieldModel
import Testing

@Suite("Registers to values")
struct RegisterDecoderTests {
    private func decode(
        _ type: PointType, _ registers: [UInt16], order: ByteOrder = .big, scaling: Scaling = .none
    ) -> Reading {
        let point = Point(
            id: "p", table: type == .bool ? .coil : .input, address: 0, type: type, order: order, scaling: scaling,
            group: nil)
        return registers.withUnsafeBufferPointer { RegisterDecoder(point).decode($0) }
    }

    private func scaling(_ scale: String, _ offset: String = "0") -> Scaling {
        Scaling(scale: DecimalNumber(scale) ?? .zero, offset: DecimalNumber(offset) ?? .zero)
    }

    @Test("Every type is read in all four orders", arguments: RegisterCase.all)
    func orders(_ given: RegisterCase) {
        for (order, registers) in given.orders {
            #expect(decode(given.type, registers, order: order) == .good(given.value))
        }
    }

    @Test("An integer above the signed range stays exact")
    func largeUnsigned() {
        #expect(decode(.u64, [0xFEDC, 0xBA98, 0x7654, 0x3210]) == .good(.unsigned(18_364_758_544_493_064_720)))
        #expect(decode(.u64, [0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF]) == .good(.integer(.max)))
        #expect(decode(.u64, [0x8000, 0, 0, 0], scaling: scaling("0.5")) == .good(.double(4_611_686_018_427_387_904)))
    }

    @Test("A bit is counted from the least significant, after the bytes are in order", arguments: 0..<16)
    func bits(_ number: Int) {
        let word: UInt16 = 1 << UInt16(number)
        let swapped = ByteOrder(bytesAreLittle: true)
        #expect(decode(.bit(UInt8(number)), [word]) == .good(.bool(true)))
        #expect(decode(.bit(UInt8(number)), [~word]) == .good(.bool(false)))
        #expect(decode(.bit(UInt8(number)), [word.byteSwapped], order: swapped) == .good(.bool(true)))
    }

    @Test("A scaled integer is an exact decimal")
    func scaled() {
        func decimal(_ mantissa: Int64, _ digits: UInt8) -> Reading {
            .good(.decimal(DecimalNumber(mantissa: mantissa, digits: digits)))
        }
        #expect(decode(.u16, [11_604], scaling: scaling("0.125")) == decimal(1_450_500, 3))
        #expect(decode(.u16, [9_600], scaling: scaling("0.03125", "-273")) == decimal(2_700_000, 5))
        #expect(decode(.i16, [0xFFFF], scaling: scaling("0.1")) == decimal(-1, 1))
        #expect(decode(.bcd16, [0x0250], scaling: scaling("0.01")) == decimal(250, 2))
        #expect(decode(.u16, [3], scaling: scaling("100")) == decimal(300, 0))
        #expect(decode(.u16, [3], scaling: scaling("1", "0.5")) == decimal(35, 1))
    }

    @Test("A scaled integer beyond exact decimals becomes the nearest binary number")
    func scaledBeyond() {
        let reading = decode(.i64, [0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF], scaling: scaling("10"))
        #expect(reading == .good(.double(92_233_720_368_547_758_080)))
    }

    @Test("A scaled float rounds once, so that tenths print as tenths")
    func scaledFloat() {
        #expect(decode(.f32, [0x4248, 0x0000], scaling: scaling("0.1")) == .good(.float(5)))
        #expect(decode(.f64, [0x4008, 0, 0, 0], scaling: scaling("0.1")) == .good(.double(0.3)))
    }

    @Test(
        "What is no finite number is bad.decode",
        arguments: [
            (.f32, [0x7FC0, 0x0000]), (.f32, [0xFFC0, 0x0000]), (.f32, [0x7F80, 0x0000]), (.f32, [0xFF80, 0x0000]),
            (.f32, [0x7F80, 0x0001]), (.f64, [0x7FF8, 0, 0, 0]), (.f64, [0x7FF0, 0, 0, 0]), (.f64, [0xFFF0, 0, 0, 0]),
        ] as [(PointType, [UInt16])])
    func notFinite(_ type: PointType, _ registers: [UInt16]) {
        #expect(decode(type, registers) == .bad(.decode))
        #expect(decode(type, registers, scaling: scaling("2", "1")) == .bad(.decode))
    }

    @Test("A float that its scale drives to infinity is bad.decode")
    func scaledToInfinity() {
        #expect(decode(.f32, [0x7F7F, 0xFFFF], scaling: scaling("10")) == .bad(.decode))
        #expect(decode(.f64, [0x7FEF, 0xFFFF, 0xFFFF, 0xFFFF], scaling: scaling("10")) == .bad(.decode))
    }

    @Test(
        "A digit above 9 in binary-coded decimals is bad.decode",
        arguments: [
            (.bcd16, [0x000A]), (.bcd16, [0xA000]), (.bcd16, [0xFFFF]), (.bcd32, [0x1234, 0x567F]),
            (.bcd32, [0xB234, 0x5678]),
        ] as [(PointType, [UInt16])])
    func junkDigits(_ type: PointType, _ registers: [UInt16]) {
        #expect(decode(type, registers) == .bad(.decode))
    }

    @Test("A text ends at the first NUL, and trailing spaces are cut")
    func texts() {
        #expect(decode(.string(registers: 3), [0x4142, 0x0043, 0x4445]) == .good(.text("AB")))
        #expect(decode(.string(registers: 3), [0x2041, 0x4220, 0x2020]) == .good(.text(" AB")))
        #expect(decode(.string(registers: 2), [0, 0]) == .good(.text("")))
        #expect(decode(.string(registers: 1), [0xC3A9]) == .good(.text("\u{E9}")))
        #expect(decode(.string(registers: 1), [0xC341]) == .bad(.decode))
        #expect(decode(.string(registers: 1), [0xFFFF]) == .bad(.decode))
    }

    @Test("Any registers decode to something, whatever the type, order and scale")
    func anything() {
        var random = SeededRandom(seed: 16)
        let types: [PointType] = [
            .bit(15), .i16, .u16, .i32, .u32, .i64, .u64, .f32, .f64, .bcd16, .bcd32, .string(registers: 7),
        ]
        for round in 0..<4000 {
            let type = types[round % types.count]
            let registers = (0..<type.width).map { _ in UInt16.random(in: 0...0xFFFF, using: &random) }
            let order = ByteOrder(
                wordsAreLittle: Bool.random(using: &random), bytesAreLittle: Bool.random(using: &random))
            let scaling = Scaling(
                scale: DecimalNumber(
                    mantissa: .random(in: 1...Int64.max, using: &random), digits: .random(in: 0...18, using: &random)),
                offset: DecimalNumber(
                    mantissa: .random(in: -Int64.max...Int64.max, using: &random),
                    digits: .random(in: 0...18, using: &random)))
            let quality = decode(type, registers, order: order, scaling: scaling).quality
            #expect(quality == .good || quality == .decode)
        }
    }
}
