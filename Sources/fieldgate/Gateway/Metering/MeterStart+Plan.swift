import FieldModel
import Metering
import Platform

extension MeterStart {
    func plan() throws(SpoolFault) -> BudgetPlan {
        let plan = settings.plan
        return BudgetPlan(
            subscription: settings.subscription, quota: plan.quota,
            period: BillingPeriod(anchorDay: plan.anchorDay, local: try Self.local(plan.zone)), slowAt: plan.slowAt,
            stopAt: plan.stopAt)
    }

    /// `+08:00`, or a zone that the system knows.
    static func local(_ zone: String) throws(SpoolFault) -> LocalTime {
        if let sign = zone.first, sign == "+" || sign == "-" {
            let parts = zone.dropFirst().split(separator: ":").compactMap { Int($0) }
            if parts.count == 2 {
                return LocalTime(seconds: (parts[0] * 3600 + parts[1] * 60) * (sign == "-" ? -1 : 1))
            }
        }
        let changes = ZoneTable.changes(of: zone)?.map { LocalTime.Change(from: $0.0, seconds: $0.1) }
        guard let changes, let local = LocalTime(changes) else {
            throw .unavailable(
                "metering.plan.tz: this system knows no time zone \(zone); install tzdata, or write an offset such as "
                    + "\"+08:00\"")
        }
        return local
    }
}
