import Billing
import Calendars
import Configuration

/// What is wrong between the versions of a plan, each of which is right by itself.
package enum TariffSeries {
    /// Versions that exist twice, hold on the same days, or change in mid-period what may not change there. Plans that
    /// could not be read are passed over.
    package static func problems(_ loaded: [LoadedTariff]) -> [Problem] {
        var problems: [Problem] = []
        let plans = loaded.compactMap { loaded in loaded.tariff.map { Entry(tariff: $0, place: loaded.place) } }
        for (_, versions) in Dictionary(grouping: plans, by: \.tariff.plan).sorted(by: { $0.key < $1.key }) {
            let ordered = versions.sorted { left, right in
                (left.from, left.tariff.version) < (right.from, right.tariff.version)
            }
            for (left, right) in zip(ordered, ordered.dropFirst()) { check(left, right, &problems) }
        }
        return problems
    }

    private struct Entry {
        var tariff: Tariff
        var place: LoadedTariff.Place

        var from: LocalDate { tariff.validFrom ?? LocalDate(days: .min) }
        var name: String { "version \(tariff.version) (\(place.file))" }

        func problem(_ path: String, _ message: String, _ remedy: String) -> Problem {
            Problem(
                file: place.file, line: place.line, column: place.column, path: path, message: message, remedy: remedy)
        }
    }

    private static func check(_ left: Entry, _ right: Entry, _ problems: inout [Problem]) {
        if left.tariff.version == right.tariff.version {
            problems.append(
                right.problem("version", "a second \(left.name) of \(left.tariff.plan)", "give it a number of its own"))
        }
        if left.tariff.validTo.map({ right.from < $0 }) ?? true {
            problems.append(
                right.problem(
                    "valid", "\(left.name) of \(left.tariff.plan) holds on the same days",
                    "end it: `valid: {to: \(right.tariff.validFrom?.text ?? "…")}`, and say from when this one holds"))
        }
        guard let from = right.tariff.validFrom else { return }
        checkChange(left, right, on: from, &problems)
    }

    private static func checkChange(_ left: Entry, _ right: Entry, on date: LocalDate, _ problems: inout [Problem]) {
        let (old, new) = (left.tariff, right.tariff)
        var changes: [String] = []
        if old.currency != new.currency { changes.append("the currency from \(old.currency) to \(new.currency)") }
        if old.minorDigits != new.minorDigits { changes.append("the minor digits") }
        if old.periods != new.periods { changes.append("when periods begin") }
        let period = old.periods.period(containing: date)
        guard !changes.isEmpty, period.from != date || new.periods.period(containing: date).from != date else { return }
        problems.append(
            right.problem(
                "valid.from",
                "changes \(changes.joined(separator: " and ")) on \(date.text), within the period \(period.text)",
                "let it begin with a period, e.g. on \(period.to.text)"))
    }
}
