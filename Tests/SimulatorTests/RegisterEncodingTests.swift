import Testing

@testable import SimulatedMachines

@Suite("Register encoding")
struct RegisterEncodingTests {
    private func layout(
        _ type: RegisterType, _ order: ByteSequence = .ABCD, scale: Double = 1, offset: Double = 0
    ) -> RegisterLayout {
        RegisterLayout(
            table: .input, address: 0, type: type, order: order, scale: scale, offset: offset, unit: "", name: "x",
            access: .read, limits: nil, meaning: "")
    }

    @Test(
        "puts the bytes of 0x0A0B0C0D in the order its name says",
        arguments: [
            (.ABCD, [0x0A0B, 0x0C0D]), (.CDAB, [0x0C0D, 0x0A0B]), (.BADC, [0x0B0A, 0x0D0C]),
            (.DCBA, [0x0D0C, 0x0B0A]),
        ] as [(ByteSequence, [UInt16])])
    func orders(order: ByteSequence, registers: [UInt16]) {
        #expect(layout(.u32, order).encode(.number(0x0A0B_0C0D)) == registers)
    }

    @Test("turns 64-bit integers round as a whole")
    func wide() {
        let value = Quantity.integer(0x0102_0304_0506_0708)
        #expect(layout(.i64).encode(value) == [0x0102, 0x0304, 0x0506, 0x0708])
        #expect(layout(.u64, .CDAB).encode(value) == [0x0708, 0x0506, 0x0304, 0x0102])
        #expect(layout(.u64, .DCBA).encode(value) == [0x0807, 0x0605, 0x0403, 0x0201])
    }

    @Test("writes IEEE 754: 1.5 is 3FC00000, and 3FF8000000000000 in double length")
    func floats() {
        #expect(layout(.f32).encode(.number(1.5)) == [0x3FC0, 0x0000])
        #expect(layout(.f64).encode(.number(1.5)) == [0x3FF8, 0, 0, 0])
    }

    @Test("writes decimal digits: 1234 is 0x1234, 20260105 is 0x20260105")
    func decimal() {
        #expect(layout(.bcd16).encode(.number(1234)) == [0x1234])
        #expect(layout(.bcd32).encode(.number(20_260_105)) == [0x2026, 0x0105])
        #expect(layout(.bcd16).decode([0x12A4]) == nil)
    }

    @Test("writes text two characters a register, padded, and swaps them with the byte order only")
    func text() {
        #expect(layout(.string(registers: 2)).encode(.text("ABC")) == [0x4142, 0x4300])
        #expect(layout(.string(registers: 2), .BADC).encode(.text("ABC")) == [0x4241, 0x0043])
        #expect(layout(.string(registers: 2), .CDAB).encode(.text("ABC")) == [0x4142, 0x4300])
    }

    @Test("applies scale and offset: 25 Cel at 0.03125 and -273 is 9536")
    func scaled() {
        let temperature = layout(.u16, scale: 0.03125, offset: -273)
        #expect(temperature.encode(.number(25)) == [9536])
        #expect(temperature.decode([9536]) == 25)
    }

    @Test("holds a number beyond the type's range at its end")
    func clamped() {
        #expect(layout(.u16).encode(.number(-1)) == [0])
        #expect(layout(.u16).encode(.number(70_000)) == [0xFFFF])
        #expect(layout(.i16).encode(.number(-40_000)) == [0x8000])
        #expect(layout(.u32).encode(.number(.infinity)) == [0xFFFF, 0xFFFF])
        #expect(layout(.u32).encode(.number(.nan)) == [0, 0])
    }

    @Test("reads back what it wrote, for every number type and order")
    func roundTrip() {
        for type in [.i16, .u16, .i32, .u32, .i64, .u64, .f32, .f64, .bcd16, .bcd32] as [RegisterType] {
            for order in ByteSequence.allCases {
                let row = layout(type, order)
                #expect(row.decode(row.encode(.number(1234))) == 1234, "\(type) \(order)")
            }
        }
        #expect(layout(.i32, .DCBA).decode(layout(.i32, .DCBA).encode(.number(-5))) == -5)
    }
}
