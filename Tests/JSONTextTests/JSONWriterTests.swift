import FieldGateTesting
import FieldModel
import Foundation
import JSONText
import Testing

@Suite("JSON written")
struct JSONWriterTests {
    private func written(_ value: PointValue) -> String {
        var writer = JSONWriter(capacity: 1)
        writer.value(value)
        return writer.text
    }

    private func decimal(_ mantissa: Int64, _ digits: UInt8) -> PointValue {
        .decimal(DecimalNumber(mantissa: mantissa, digits: digits))
    }

    @Test("Quotes, backslashes and control characters are escaped, and nothing else")
    func escapes() {
        #expect(written(.text(#"say "no" \ /"#)) == #""say \"no\" \\ /""#)
        #expect(
            written(.text("\u{0}\u{1}\t\n\r\u{1F} \u{7F}")) == #""\u0000\u0001\u0009\u000a\u000d\u001f "# + "\u{7F}\"")
        #expect(written(.text("\u{E9}\u{20AC}\u{1F69C}\u{2028}")) == "\"\u{E9}\u{20AC}\u{1F69C}\u{2028}\"")
        #expect(written(.text("")) == #""""#)
    }

    @Test("Numbers are written in full")
    func numbers() {
        #expect(written(.integer(0)) == "0")
        #expect(written(.integer(-7)) == "-7")
        #expect(written(.integer(.max)) == "9223372036854775807")
        #expect(written(.integer(.min)) == "-9223372036854775808")
        #expect(written(.unsigned(.max)) == "18446744073709551615")
        #expect(written(.unsigned(10_000_000_000_000_000_000)) == "10000000000000000000")
        #expect(written(.bool(true)) == "true")
        #expect(written(.bool(false)) == "false")
        #expect(written(.float(0.1)) == "0.1")
        #expect(written(.double(-1.5e300)) == "-1.5e+300")
    }

    @Test("Decimals have no trailing zeros, and a zero before the point")
    func decimals() {
        #expect(written(decimal(1_450_500, 3)) == "1450.5")
        #expect(written(decimal(1500, 2)) == "15")
        #expect(written(decimal(5, 3)) == "0.005")
        #expect(written(decimal(-5, 1)) == "-0.5")
        #expect(written(decimal(0, 18)) == "0")
        #expect(written(decimal(.min, 18)) == "-9.223372036854775808")
        #expect(written(decimal(1_000_000_000_000_000_001, 18)) == "1.000000000000000001")
    }

    @Test("Every power of ten and its neighbours have the right number of digits")
    func widths() {
        var power: UInt64 = 1
        for _ in 0..<20 {
            for value in [power - 1, power, power &+ 1] { #expect(written(.unsigned(value)) == String(value)) }
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
    }

    @Test("A time is its ISO 8601 text in quotes")
    func time() {
        var writer = JSONWriter(capacity: 1)
        writer.time(Timestamp(microseconds: 1_795_161_600_123_000))
        #expect(writer.text == #""2026-11-20T08:00:00.123Z""#)
    }

    @Test("A writer is used again and again, and grows without losing anything")
    func growth() {
        var writer = JSONWriter(capacity: 1)
        for round in 1...3 {
            writer.clear()
            for number in 0..<(round * 500) {
                writer.integer(Int64(number))
                writer.raw(",")
            }
            writer.removeLast()
            #expect(writer.text == (0..<(round * 500)).map(String.init).joined(separator: ","))
            #expect(writer.count == writer.bytes.count)
        }
    }

    @Test("Whatever is written is read back as the same value, by this reader and by Foundation's")
    func roundTrip() throws {
        var random = SeededRandom(seed: 8259)
        let letters = Array("ab\"\\/\u{0}\u{8}\n\u{1F}\u{7F}\u{E9}\u{20AC}\u{2028}\u{1F69C}")
        for _ in 0..<1500 {
            let text = String(
                (0..<Int.random(in: 0...30, using: &random)).map { _ in
                    letters[Int.random(in: letters.indices, using: &random)]
                })
            let shift = Int64.random(in: 0..<63, using: &random)
            let number = DecimalNumber(
                mantissa: .random(in: Int64.min >> shift...Int64.max >> shift, using: &random),
                digits: .random(in: 0...18, using: &random))
            let real = Double.random(in: -1e30...1e30, using: &random)
            var writer = JSONWriter(capacity: 8)
            writer.raw("[")
            for value in [PointValue.text(text), .decimal(number), .double(real)] {
                writer.value(value)
                writer.raw(",")
            }
            writer.removeLast()
            writer.raw("]")
            guard case .array(let items) = try read(Array(writer.bytes)), items.count == 3 else {
                Issue.record("not read back: \(writer.text)")
                return
            }
            #expect(items[0] == .string(text))
            #expect(items[1] == .number(number.reduced) || number.mantissa == .min)
            #expect(items[2].double == real)
            let foundation = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [Any]
            #expect(foundation?[0] as? String == text)
            // Foundation's own reader rounds twice.
            let rounded = try #require(foundation?[2] as? NSNumber).doubleValue
            #expect(abs(rounded - real) <= abs(real) * 1e-14)
        }
    }
}

extension JSONValue {
    fileprivate var double: Double? {
        switch self {
        case .number(let number): number.double
        case .real(let real): real
        default: nil
        }
    }
}
