import Calendars
import FieldModel

extension PeriodRule {
    /// The period that a moment lies in.
    package func span(of moment: Timestamp) -> Range<Timestamp> {
        let period = period(containing: moment)
        return period.start..<period.end
    }

    /// Ends of periods around a moment: the one before, and those of a year to come.
    package func boundaries(around moment: Timestamp) -> [UsageBoundary] {
        var period = period(containing: moment)
        var found = [UsageBoundary(at: period.start, cause: .period)]
        for _ in 0..<13 {
            found.append(UsageBoundary(at: period.end, cause: .period))
            period = self.period(after: period)
        }
        return found
    }
}
