import FieldGateTesting
import FieldModel
import Testing

@Suite("Values to registers")
struct RegisterEncoderTests {
    private func encode(
        _ type: PointType, _ value: CommandValue, scaling: Scaling = .none
    ) -> Result<[UInt16], EncodingFault> {
        let point = Point(
            id: "p", table: type == .bool ? .coil : .holding, address: 0, type: type, scaling: scaling, group: nil,
            write: WriteRule())
        return Result { () throws(EncodingFault) in try RegisterEncoder(point).encode(value) }
    }

    private func number(_ text: String) -> CommandValue { .number(DecimalNumber(text) ?? .zero) }

    private func scaling(_ scale: String, _ offset: String = "0") -> Scaling {
        Scaling(scale: DecimalNumber(scale) ?? .zero, offset: DecimalNumber(offset) ?? .zero)
    }

    @Test("Every type is written in all four orders", arguments: RegisterCase.all)
    func orders(_ given: RegisterCase) throws {
        for (order, registers) in given.orders {
            let encoder = RegisterEncoder(given.point(order))
            let value: CommandValue =
                switch given.value {
                case .decimal(let number): .number(number)
                case .float(let value): .real(Double(value))
                case .double(let value): .real(value)
                case .text(let text): .text(text)
                case .bool(let truth): .bool(truth)
                case .unsigned(let value): .real(Double(value))
                }
            #expect(try encoder.encode(value) == registers)
        }
    }

    @Test(
        "Between two steps of the device the nearer is written, halves away from zero",
        arguments: [
            ("0.4", 0), ("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.499999999999999999", 2), ("-0.4", 0), ("-0.5", -1),
            ("-1.5", -2), ("-2.5", -3),
        ] as [(String, Int16)])
    func halves(_ text: String, _ expected: Int16) {
        let registers = [UInt16(bitPattern: expected)]
        #expect(encode(.i16, number(text)) == .success(registers))
        if let real = Double(text), text.utf8.count < 6 { #expect(encode(.i16, .real(real)) == .success(registers)) }
    }

    @Test("A scaled set-point is divided exactly")
    func scaled() {
        #expect(encode(.u16, number("1450.5"), scaling: scaling("0.125")) == .success([11_604]))
        #expect(encode(.u16, number("27"), scaling: scaling("0.03125", "-273")) == .success([9_600]))
        #expect(encode(.u16, number("0.3"), scaling: scaling("0.1")) == .success([3]))
        #expect(encode(.i16, number("3"), scaling: scaling("-2")) == .success([0xFFFE]))
        #expect(encode(.i16, number("-3"), scaling: scaling("-2")) == .success([2]))
        #expect(encode(.i16, number("2.9"), scaling: scaling("-2")) == .success([0xFFFF]))
        #expect(encode(.bcd16, number("2.5"), scaling: scaling("0.01")) == .success([0x0250]))
        #expect(encode(.f32, number("5"), scaling: scaling("0.1")) == .success([0x4248, 0]))
    }

    @Test(
        "What the registers cannot hold is out of range",
        arguments: [
            (.u16, "65536"), (.u16, "-1"), (.u16, "65535.5"), (.i16, "32768"), (.i16, "-32769"), (.u32, "4294967296"),
            (.i32, "2147483648"), (.i32, "-2147483649"), (.u64, "-1"), (.bcd16, "10000"), (.bcd16, "-1"),
            (.bcd32, "100000000"),
        ] as [(PointType, String)])
    func outOfRange(_ type: PointType, _ text: String) {
        guard case .failure(.outOfRange) = encode(type, number(text)) else {
            Issue.record("\(type.name) took \(text)")
            return
        }
    }

    @Test("The ends of every range fit")
    func ends() {
        #expect(encode(.u16, number("65535")) == .success([0xFFFF]))
        #expect(encode(.i16, number("-32768")) == .success([0x8000]))
        #expect(encode(.u32, number("4294967295")) == .success([0xFFFF, 0xFFFF]))
        #expect(encode(.i32, number("-2147483648")) == .success([0x8000, 0]))
        #expect(encode(.i64, number("9223372036854775807")) == .success([0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF]))
        #expect(encode(.i64, .real(-9_223_372_036_854_775_808)) == .success([0x8000, 0, 0, 0]))
        #expect(encode(.u64, .real(9_223_372_036_854_775_808)) == .success([0x8000, 0, 0, 0]))
        #expect(encode(.bcd32, number("99999999")) == .success([0x9999, 0x9999]))
    }

    @Test("A number beyond all registers is refused, not wrapped")
    func beyond() {
        for type in [PointType.u16, .i64, .u64, .bcd32] {
            for real in [1e300, -1e300, 18_446_744_073_709_551_616] {
                #expect(throws: EncodingFault.self) { try encode(type, .real(real)).get() }
            }
        }
        #expect(encode(.f32, .real(1e39)) == .failure(.outOfRange("a 32-bit float cannot hold it")))
        #expect(
            encode(.f64, .real(1e308), scaling: scaling("0.001")) == .failure(.outOfRange("a float cannot hold it")))
    }

    @Test("A value of another kind is refused with what is expected")
    func kinds() {
        #expect(encode(.u16, .text("5")) == .failure(.wrongKind(expected: "a number")))
        #expect(encode(.u16, .bool(true)) == .failure(.wrongKind(expected: "a number")))
        #expect(encode(.f32, .bool(true)) == .failure(.wrongKind(expected: "a number")))
        #expect(encode(.bool, number("2")) == .failure(.wrongKind(expected: "true or false")))
        #expect(encode(.bool, .text("true")) == .failure(.wrongKind(expected: "true or false")))
        #expect(encode(.string(registers: 1), number("5")) == .failure(.wrongKind(expected: "text")))
        #expect(
            encode(.bit(3), .bool(true))
                == .failure(.wrongKind(expected: "a whole register: single bits are not written")))
        #expect(encode(.bool, number("1")) == .success([1]))
        #expect(encode(.bool, number("0.0")) == .success([0]))
    }

    @Test("A text is filled up with NULs, and one byte too many is refused")
    func texts() {
        #expect(encode(.string(registers: 2), .text("A")) == .success([0x4100, 0]))
        #expect(encode(.string(registers: 2), .text("")) == .success([0, 0]))
        #expect(encode(.string(registers: 2), .text("ABCDE")) == .failure(.outOfRange("4 bytes of UTF-8 fit")))
        #expect(
            encode(.string(registers: 1), .text("\u{20AC}")) == .failure(.outOfRange("2 bytes of UTF-8 fit")))
    }

    @Test("Whatever integer registers decode to is written back as the same registers")
    func roundTrip() throws {
        var random = SeededRandom(seed: 3)
        let types: [PointType] = [.i16, .u16, .i32, .u32, .i64, .f32, .f64, .bcd16, .bcd32]
        for round in 0..<5000 {
            let type = types[round % types.count]
            let order = ByteOrder(
                wordsAreLittle: Bool.random(using: &random), bytesAreLittle: Bool.random(using: &random))
            let isFloat = type == .f32 || type == .f64
            let scaling =
                isFloat
                ? Scaling.none
                : Scaling(
                    scale: DecimalNumber(mantissa: .random(in: 1...500, using: &random), digits: 3),
                    offset: DecimalNumber(mantissa: .random(in: -5000...5000, using: &random), digits: 1))
            let point = Point(
                id: "p", table: .holding, address: 0, type: type, order: order, scaling: type == .i64 ? .none : scaling,
                group: nil, write: WriteRule())
            let registers = (0..<type.width).map { _ in UInt16.random(in: 0...0xFFFF, using: &random) }
            let reading = registers.withUnsafeBufferPointer { RegisterDecoder(point).decode($0) }
            let encoder = RegisterEncoder(point)
            switch reading {
            case .good(.decimal(let number)): #expect(try encoder.encode(.number(number)) == registers)
            case .good(.float(let value)): #expect(try encoder.encode(.real(Double(value))) == registers)
            case .good(.double(let value)): #expect(try encoder.encode(.real(value)) == registers)
            default: #expect(reading == .bad(.decode))
            }
        }
    }
}
