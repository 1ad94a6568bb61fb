import Calendars
import FieldModel

/// What a line may use in a period, and from where on it is slowed.
package struct BudgetPlan: Hashable, Sendable {
    /// The line that the plan is for, as the desk names it.
    package var subscription: String
    /// Bytes both ways in a period; nil where the plan has no quota.
    package var quota: UInt64?
    package var periods: PeriodRule
    /// Shares of the quota, from 0 to 1.
    package var slowAt: Double
    package var stopAt: Double

    package init(
        subscription: String, quota: UInt64?, periods: PeriodRule, slowAt: Double = 0.8, stopAt: Double = 1
    ) {
        self.subscription = subscription
        self.quota = quota
        self.periods = periods
        self.slowAt = slowAt
        self.stopAt = stopAt
    }
}

/// What is done about the quota. Control is never slowed.
package enum BudgetStage: String, Sendable, CaseIterable, Comparable {
    /// Nothing.
    case free
    /// Back-fill and bulk are slowed.
    case slow
    /// Back-fill waits for the next period, bulk is slowed to next to nothing.
    case spent

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// How a line stands in its period.
package struct BudgetStatement: Hashable, Sendable {
    package var subscription: String
    package var period: Range<Timestamp>
    package var at: Timestamp
    package var used: UInt64
    package var quota: UInt64?
    package var stage: BudgetStage
    /// Of the whole period, at the pace so far; nil before a twentieth of it is over.
    package var forecast: UInt64?
    /// When the quota will be used up at this pace; nil where it will last, and where it is used up.
    package var lastsUntil: Timestamp?
}

/// Adds up what is recorded in a period. A value; it is kept with the number of the last record that it counts, so that
/// it never counts one twice.
package struct Budget: Hashable, Sendable {
    package let plan: BudgetPlan
    package private(set) var period: Range<Timestamp>
    package private(set) var used: UInt64
    /// The last record that is counted.
    package private(set) var epoch: UInt32
    package private(set) var sequence: UInt64
    package private(set) var stage = BudgetStage.free
    private var wasSaid = BudgetStage.free

    package init(
        _ plan: BudgetPlan, at now: Timestamp, used: UInt64 = 0, epoch: UInt32 = 0, sequence: UInt64 = 0
    ) {
        self.plan = plan
        self.used = used
        self.epoch = epoch
        self.sequence = sequence
        period = plan.periods.span(of: now)
        stage = stage(of: used)
    }

    /// A record counts wholly in the period that it begins in.
    package mutating func count(_ entry: UsageEntry) {
        guard entry.epoch != epoch || entry.sequence > sequence else { return }
        (epoch, sequence) = (entry.epoch, entry.sequence)
        add(entry.draft)
    }

    /// Records that were just committed, the last under this number.
    package mutating func count(_ drafts: [UsageDraft], epoch: UInt32, last: UInt64) {
        guard epoch != self.epoch || last > sequence else { return }
        for draft in drafts { add(draft) }
        (self.epoch, sequence) = (epoch, last)
    }

    private mutating func add(_ draft: UsageDraft) {
        guard let volume = draft.volume, period.contains(draft.times.open) else { return }
        let bytes = volume.deltaUp + volume.deltaDown
        used = bytes >= 0 ? used + UInt64(bytes) : used - min(used, bytes.magnitude)
    }

    /// What is open and will be recorded counts as well: the stage, where it became another.
    package mutating func look(at now: Timestamp, open: UInt64) -> BudgetStage? {
        if !period.contains(now), now > period.lowerBound {
            period = plan.periods.span(of: now)
            used = 0
        }
        stage = stage(of: used + open)
        defer { wasSaid = stage }
        return stage == wasSaid ? nil : stage
    }

    package func statement(at now: Timestamp, open: UInt64) -> BudgetStatement {
        let sum = used + open
        let whole = Double(period.upperBound.microseconds - period.lowerBound.microseconds)
        let over = Double(now.microseconds - period.lowerBound.microseconds)
        var forecast: UInt64?
        var until: Timestamp?
        if over > whole * 0.05, over <= whole {
            let sumAtEnd = Double(sum) * whole / over
            forecast = UInt64(sumAtEnd)
            if let quota = plan.quota, sumAtEnd > Double(quota), sum > 0, sum < quota {
                let passed = min(whole, over * Double(quota) / Double(sum))
                until = Timestamp(microseconds: period.lowerBound.microseconds + Int64(passed))
            }
        }
        return BudgetStatement(
            subscription: plan.subscription, period: period, at: now, used: sum, quota: plan.quota, stage: stage,
            forecast: forecast, lastsUntil: until)
    }

    /// What the kernel may still let pass: it overshoots by one buffer of its own count.
    package func kernelQuota(open: UInt64) -> Int64? {
        guard let quota = plan.quota else { return nil }
        let limit = Double(quota) * plan.stopAt
        return max(0, Int64(limit) - Int64(clamping: used + open) - Self.buffer)
    }

    /// A superpacket: what passes a counter at once.
    package static let buffer: Int64 = 65_536

    private func stage(of used: UInt64) -> BudgetStage {
        guard let quota = plan.quota, quota > 0 else { return .free }
        let share = Double(used) / Double(quota)
        if share >= plan.stopAt { return .spent }
        return share >= plan.slowAt ? .slow : .free
    }
}

extension Meter {
    /// What is counted and not yet recorded.
    package var open: UInt64 { accounts.indices.reduce(0) { $0 + accounts[$1].pending } }
}
