import Calendars
import FieldModel

/// One version of a plan, `fg.tariff/1`: what is measured and what it costs. It has been checked by whoever made it:
/// names refer to what is there, tiers ascend, sizes are above zero.
package struct Tariff: Hashable, Sendable {
    package var plan: String
    package var version: Int
    /// ISO 4217.
    package var currency: String
    package var minorDigits: Int
    /// Dates on which it may be sold; nil is open.
    package var validFrom: LocalDate?
    package var validTo: LocalDate?
    package var periods: PeriodRule
    /// How long after a period's end records are waited for.
    package var graceHours: Int
    package var rounding: RoundingMode
    package var roundsPerInvoice: Bool
    package var meters: [Meter]
    package var pools: [Pool]
    package var charges: [Charge]
    package var lifetime: Lifetime?
    package var taxes: [TaxRate]
    package var controls: Controls?
    /// SHA-256 of the file it was read from, in hexadecimal digits; empty for a plan that comes from no file.
    package var fingerprint: String

    package init(plan: String, periods: PeriodRule) {
        self.plan = plan
        self.periods = periods
        version = 1
        currency = "CNY"
        minorDigits = 2
        graceHours = 72
        rounding = .halfUp
        roundsPerInvoice = false
        meters = []
        pools = []
        charges = []
        taxes = []
        fingerprint = ""
    }

    /// Until when records of a period are waited for: what comes later is corrected by a note.
    package func closing(of period: BillingPeriod) -> Timestamp {
        Timestamp(microseconds: period.end.microseconds + Int64(graceHours) * 3_600_000_000)
    }

    package func meter(_ id: String) -> Meter? { meters.first { $0.id == id } }
    package func pool(_ id: String) -> Pool? { pools.first { $0.id == id } }
    package func charge(_ id: String) -> Charge? { charges.first { $0.id == id } }

    /// What a charge is measured by; nil for flat ones and credits.
    package func meter(of charge: Charge) -> Meter? {
        if let id = charge.meter { return meter(id) }
        if let id = charge.pool { return pool(id).flatMap { meter($0.meter) } }
        return charge.overageOf.flatMap(self.charge).flatMap { self.meter(of: $0) }
    }

    /// The pool whose members' traffic a charge counts.
    package func pool(of charge: Charge) -> Pool? {
        if let id = charge.pool { return pool(id) }
        return charge.overageOf.flatMap(self.charge).flatMap { self.pool(of: $0) }
    }
}

/// A quantity that lines share.
package struct Pool: Hashable, Sendable {
    package struct RollOver: Hashable, Sendable {
        /// How many periods longer a remainder lives.
        package var periods: Int
        /// Nil is no limit.
        package var cap: Rational?

        package init(periods: Int, cap: Rational?) {
            self.periods = periods
            self.cap = cap
        }
    }

    package var id: String
    /// Names of lines, in the order that settles ties.
    package var members: [String]
    package var meter: String
    package var quantity: DecimalText
    package var rollOver: RollOver?

    package init(id: String, members: [String], meter: String, quantity: DecimalText, rollOver: RollOver? = nil) {
        self.id = id
        self.members = members
        self.meter = meter
        self.quantity = quantity
        self.rollOver = rollOver
    }
}

package struct TaxRate: Hashable, Sendable {
    package var rate: DecimalText
    /// The plan's prices contain it.
    package var isInclusive: Bool

    package init(rate: DecimalText, isInclusive: Bool) {
        self.rate = rate
        self.isInclusive = isInclusive
    }
}

/// What the gateway does about a plan while the period runs.
package struct Controls: Hashable, Sendable {
    package enum Exhaustion: String, Hashable, Sendable, CaseIterable {
        case block, throttle, overage
    }

    /// Bytes a period; nil is no quota.
    package var dataQuota: Int64?
    package var onExhaust: Exhaustion

    package init(dataQuota: Int64?, onExhaust: Exhaustion) {
        self.dataQuota = dataQuota
        self.onExhaust = onExhaust
    }
}
