import FieldGateTesting
import FieldModel
import Testing

@Suite("Decimal numbers")
struct DecimalNumberTests {
    @Test(
        "A text is read as exactly the number it spells",
        arguments: [
            ("0", 0, 0), ("-0", 0, 0), ("7", 7, 0), ("+7", 7, 0), ("-12.5", -125, 1), ("0.125", 125, 3),
            ("12.500", 125, 1), ("100", 100, 0), (".5", 5, 1), ("5.", 5, 0), ("1e3", 1000, 0), ("1E+3", 1000, 0),
            ("1e-3", 1, 3), ("12.5e1", 125, 0), ("1.5e-2", 15, 3), ("0.03125", 3125, 5),
            ("9223372036854775807", Int64.max, 0), ("-9223372036854775807", -Int64.max, 0),
            ("0.000000000000000001", 1, 18), ("9.223372036854775807", Int64.max, 18),
            ("0.00000000000000000000000", 0, 0), ("1e18", 1_000_000_000_000_000_000, 0), ("0e-18", 0, 0),
        ] as [(String, Int64, UInt8)])
    func parsing(_ text: String, _ mantissa: Int64, _ digits: UInt8) {
        #expect(DecimalNumber(text) == DecimalNumber(mantissa: mantissa, digits: digits))
    }

    @Test(
        "What is no number, or too long a one, is nil",
        arguments: [
            "", "-", "+", ".", "-.", "e5", "1e", "1e+", "1e5.0", "1.2.3", "--1", "+-1", "1_000", "1,5", " 1", "1 ",
            "0x10", "NaN", "inf", "1e19", "1e-19", "1e+-3", "1e++3", "1e-+3", "9223372036854775808",
            "1.0000000000000000001", "0.0000000000000000001", "92233720368547758.07e17",
            "1e9223372036854775807", "1e-9223372036854775808", "1e99999999999999999999", "١٢",
        ])
    func garbage(_ text: String) {
        #expect(DecimalNumber(text) == nil)
    }

    @Test("A number is written without trailing zeros, and reads back as itself")
    func writing() {
        #expect(DecimalNumber(mantissa: 1500, digits: 2).description == "15")
        #expect(DecimalNumber(mantissa: -5, digits: 3).description == "-0.005")
        #expect(DecimalNumber(mantissa: 0, digits: 9).description == "0")
        #expect(DecimalNumber(mantissa: .min, digits: 18).description == "-9.223372036854775808")
        var random = SeededRandom(seed: 18)
        for _ in 0..<2000 {
            let magnitude = Int64.max >> Int64.random(in: 0..<62, using: &random)
            let number = DecimalNumber(
                mantissa: .random(in: -magnitude...magnitude, using: &random),
                digits: .random(in: 0...18, using: &random))
            #expect(DecimalNumber(number.description) == number.reduced)
        }
    }

    @Test("Numbers compare by value, not by spelling, also where one cannot be rescaled")
    func comparing() throws {
        let sorted = try [
            "-9223372036854775807", "-12.5", "-12.49", "-0.000000000000000001", "0", "0.000000000000000001", "0.1",
            "0.11", "2", "10", "9223372036854775806", "9223372036854775807",
        ].map { try #require(DecimalNumber($0)) }
        for left in sorted.indices {
            for right in sorted.indices { #expect((sorted[left] < sorted[right]) == (left < right)) }
        }
        #expect(!(DecimalNumber(mantissa: 10, digits: 1) < DecimalNumber(mantissa: 1)))
    }

    @Test("Sums and products are exact")
    func arithmetic() {
        let tenth = DecimalNumber(mantissa: 1, digits: 1)
        #expect(tenth.adding(DecimalNumber(mantissa: 2, digits: 1)) == DecimalNumber(mantissa: 3, digits: 1))
        #expect(tenth.adding(DecimalNumber(mantissa: -273)) == DecimalNumber(mantissa: -2729, digits: 1))
        #expect(
            DecimalNumber(mantissa: 25, digits: 2).multiplied(by: DecimalNumber(mantissa: -4))
                == DecimalNumber(mantissa: -100, digits: 2))
        #expect(DecimalNumber(mantissa: 5, digits: 3).rescaled(toDigits: 5) == DecimalNumber(mantissa: 500, digits: 5))
        #expect(DecimalNumber(mantissa: 500, digits: 5).rescaled(toDigits: 3) == DecimalNumber(mantissa: 5, digits: 3))
    }

    @Test("What does not fit is nil, never a wrong number")
    func overflow() {
        let most = DecimalNumber(mantissa: .max)
        let finest = DecimalNumber(mantissa: 1, digits: 18)
        #expect(most.adding(.one) == nil)
        #expect(most.adding(finest) == nil)
        #expect(most.multiplied(by: DecimalNumber(mantissa: 2)) == nil)
        #expect(finest.multiplied(by: DecimalNumber(mantissa: 1, digits: 1)) == nil)
        #expect(most.rescaled(toDigits: 1) == nil)
        #expect(DecimalNumber(mantissa: 15, digits: 1).rescaled(toDigits: 0) == nil)
    }

    @Test("The binary form is the nearest one")
    func binary() {
        #expect(DecimalNumber(mantissa: 1, digits: 1).double == 0.1)
        #expect(DecimalNumber(mantissa: 14505, digits: 1).double == 1450.5)
        #expect(DecimalNumber(mantissa: -123_456_789, digits: 18).double == -1.23456789e-10)
    }
}
