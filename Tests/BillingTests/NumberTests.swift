import Billing
import FieldGateTesting
import Testing

@Suite("Exact numbers")
struct NumberTests {
    @Test(
        "A plan's decimal is read exactly",
        arguments: [
            ("0", "0"), ("0.1", "1/10"), ("-0.015", "-3/200"),
            ("999999999999999.999999999999", "999999999999999999999999999/1000000000000"),
            ("3.20", "16/5"), ("-0", "0"),
        ])
    func read(_ text: String, _ fraction: String) throws {
        let decimal = try #require(DecimalText(text))
        #expect(decimal.value.fraction == fraction)
        #expect(decimal.text == text)
        #expect(Rational(fraction: fraction) == decimal.value)
    }

    @Test(
        "Nothing else is a plan's decimal",
        arguments: [
            "", "-", ".5", "5.", "01", "00.1", "+1", "1e3", "1E3", "5%", "1,5", "1_000", " 1", "1 ", "0x10", "NaN",
            "--1",
            "1.0000000000001", "1000000000000000", "1.2.3", "١",
        ])
    func refused(_ text: String) {
        #expect(DecimalText(text) == nil)
    }

    @Test(
        "Ties go where the mode says, on the magnitude",
        arguments: [
            (RoundingMode.halfUp, [1, 2, 3, -1, -2, -3, 0]), (.halfEven, [0, 2, 2, 0, -2, -2, 0]),
            (.up, [1, 2, 3, -1, -2, -3, 0]), (.down, [0, 1, 2, 0, -1, -2, 0]),
        ])
    func ties(_ mode: RoundingMode, _ expected: [Int64]) {
        let halves = [1, 3, 5, -1, -3, -5, 0].map { Rational($0, over: 2) }
        #expect(halves.map { $0.minorUnits(digits: 0, mode) } == expected)
    }

    @Test("A hair beside a tie is no tie")
    func beside() {
        let hair = Rational(1, over: 1_000_000_000_000_000)
        let half = Rational(5, over: 2)
        #expect((half - hair).minorUnits(digits: 0, .halfUp) == 2)
        #expect((half + hair).minorUnits(digits: 0, .halfEven) == 3)
        #expect((-half - hair).minorUnits(digits: 0, .halfEven) == -3)
        #expect(hair.minorUnits(digits: 2, .up) == 1)
        #expect((-hair).minorUnits(digits: 2, .up) == -1)
        #expect((-hair).minorUnits(digits: 2, .down) == 0)
    }

    @Test("An amount is written without a sign when it is nothing")
    func money() {
        #expect(Money(minor: 0, digits: 2).text == "0.00")
        #expect(Money(minor: -30, digits: 2).text == "-0.30")
        #expect(Money(minor: 1_440_000, digits: 2).text == "14400.00")
        #expect(Money(minor: -5, digits: 0).text == "-5")
        #expect(Money(minor: .min, digits: 3).text == "-9223372036854775.808")
    }

    @Test("What is shown of a quantity is exact where twelve decimals suffice, and says so where not")
    func shown() {
        #expect(Rational(120_005, over: 1000).shown == "120.005")
        #expect(Rational(-1, over: 8).shown == "-0.125")
        #expect(Rational(1, over: 3).shown == "~0.333333")
        #expect(Rational(9, over: 2).ceiling == Rational(5))
        #expect(Rational(-9, over: 2).ceiling == Rational(-4))
    }

    @Test("Parts of an amount add up to it, whatever the weights", arguments: 0..<200)
    func parts(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let weights = (0..<Int.random(in: 1...30, using: &random)).map { _ in
            Rational(Int64.random(in: 0...Int64.random(in: 0...1_000_000, using: &random), using: &random), over: 7)
        }
        let amount = Int64.random(in: -1_000_000...1_000_000, using: &random)
        let parts = Apportionment.parts(of: amount, by: weights)
        #expect(parts.reduce(0, +) == amount)
        #expect(Apportionment.parts(of: -amount, by: weights) == parts.map { -$0 })
        let sum = weights.reduce(.zero, +)
        guard !sum.isZero else { return }
        for (part, weight) in zip(parts, weights) {
            let exact = Rational(amount) * weight / sum
            #expect((Rational(part) - exact).magnitude < .one, "\(part) is a unit or more away from \(exact.shown)")
        }
    }

    @Test("Equal weights give the larger parts to whoever stands first")
    func tiesOfParts() {
        #expect(Apportionment.parts(of: 100, by: [.one, .one, .one]) == [34, 33, 33])
        #expect(Apportionment.parts(of: 101, by: [.zero, .zero, .zero]) == [34, 34, 33])
        #expect(Apportionment.parts(of: 5, by: []) == [])
    }
}
