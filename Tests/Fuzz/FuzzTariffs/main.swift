import Billing
import Calendars
import Configuration
import FieldModel
import FuzzDriver
import Tariffs

// A plan from any bytes: problems that a person can use, or a plan that rates whatever comes without ever trapping.
Fuzzing.run { bytes in
    let loaded = TariffLoader().load(Array(bytes), file: "plan.yaml")
    Fuzzing.require((loaded.tariff == nil) == !loaded.problems.isEmpty, "plan and problems contradict each other")
    for problem in loaded.problems + loaded.warnings {
        Fuzzing.require(!problem.message.isEmpty && !problem.remedy.isEmpty, "a problem without words: \(problem)")
    }
    guard let plan = loaded.tariff, let from = LocalDate("2026-03-20") else { return }
    rate(plan, contractFrom: from, seed: bytes.last ?? 0)
}

/// The month of an account whose figures come from one byte.
func rate(_ plan: Tariff, contractFrom: LocalDate, seed: UInt8) {
    let period = plan.periods.period(containing: contractFrom + 10)
    let input = RatingInput(
        account: "a", period: period, plans: [RatingInput.PlanAssignment(plan: plan, from: contractFrom)],
        lines: (0..<Int(seed % 7)).map { RatingInput.LineAssignment(line: "l\($0)", from: contractFrom + $0) },
        reserved: [RatingInput.ReservedRate(line: "l0", megabits: Rational(seed), from: contractFrom)],
        events: [RatingInput.Event(name: "sla_breach")])
    do throws(RatingFault) {
        var accumulator = try Accumulator(input)
        let middle = Timestamp(microseconds: (period.start.microseconds + period.end.microseconds) / 2)
        for number in 0..<Int64(3) {
            accumulator.add(
                RatingRecord(
                    opened: middle, line: "l\(number)", ratingGroup: "camera", up: Int64(seed) << (number * 16),
                    down: 7, messages: Int64(seed)))
        }
        let rated = try accumulator.finish().rated()
        Fuzzing.require(try accumulator.finish().rated(carry: CarryState()) == rated, "rated twice, two results")
        for line in rated.lines where !line.shares.isEmpty {
            let sum = line.shares.reduce(Int128(0)) { $0 + Int128($1.amount.minor) }
            Fuzzing.require(sum == Int128(line.amount.minor), "shares that do not add up: \(line)")
        }
        _ = try Forecast(accumulator, carry: rated.carryOut, at: middle)
        _ = CorrectionNote(rated, invoiced: [InvoicedPeriod(rated, number: "1")])
    } catch {
        Fuzzing.require(!error.text.isEmpty, "a fault without words")
    }
}
