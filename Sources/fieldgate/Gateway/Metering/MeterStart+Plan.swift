import Calendars
import FieldModel
import Metering
import Platform

extension MeterStart {
    func plan() throws(SpoolFault) -> BudgetPlan {
        let plan = settings.plan
        let periods = PeriodRule(anchor: plan.anchorDay.map { .day($0) } ?? .last, zone: try Self.zone(plan.zone))
        return BudgetPlan(
            subscription: settings.subscription, quota: plan.quota, periods: periods, slowAt: plan.slowAt,
            stopAt: plan.stopAt)
    }

    /// `+08:00`, or a zone that the system knows.
    static func zone(_ name: String) throws(SpoolFault) -> ZoneRules {
        if let sign = name.first, sign == "+" || sign == "-" {
            let parts = name.dropFirst().split(separator: ":").compactMap { Int($0) }
            if parts.count == 2 {
                return ZoneRules(name: name, offset: (parts[0] * 3600 + parts[1] * 60) * (sign == "-" ? -1 : 1))
            }
        }
        do throws(ZoneProblem) {
            return try ZoneFolder.system.rules(name)
        } catch {
            throw .unavailable(
                "metering.plan.tz: \(error.reason); \(error.remedy), or write an offset such as \"+08:00\"")
        }
    }
}
