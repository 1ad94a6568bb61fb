import BillStore
import Billing
import Calendars
import FieldModel

/// What is to come, and what might have been.
extension RatingDesk {
    func forecast(_ id: String, at now: Timestamp, years: Int) throws -> Forecast {
        let today = try zone(of: id, at: now)
        let period = try period(of: id, on: today)
        let account = Account(id, book, period)
        return try named(id, period) {
            var accumulators = [try Accumulator(try input(account, period))]
            _ = try measure(account, period, into: &accumulators)
            return try Forecast(accumulators[0], carry: try carry(into: period, of: id), at: now, years: years)
        }
    }

    /// The period as it is, and under each of the other plans, from one reading of the records.
    func compare(_ id: String, _ period: BillingPeriod, with others: [Tariff]) throws -> [RatedPeriod] {
        let account = Account(id, book, period)
        let own = try input(account, period)
        return try named(id, period) {
            var accumulators = [try Accumulator(own)]
            for other in others { accumulators.append(try Accumulator(own.under(other))) }
            _ = try measure(account, period, into: &accumulators)
            let carry = try carry(into: period, of: id)
            return try accumulators.enumerated().map { index, accumulator in
                // Another plan's pools begin empty.
                try accumulator.finish().rated(carry: index == 0 ? carry : CarryState())
            }
        }
    }

    /// The local date of the account's plan.
    private func zone(of id: String, at now: Timestamp) throws -> LocalDate {
        guard let span = book.spans(id, .plan).last else {
            throw DeskFault("\(id) has no plan: \(Self.howToAssign)", Exit.nothing)
        }
        return try shelf.plan(span.value).periods.zone.date(at: now)
    }
}
