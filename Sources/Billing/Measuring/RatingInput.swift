import Calendars
import FieldModel

/// What is rated together, over one period: an account's plans, lines and reserved rates, each with its dates.
///
/// Dates are local to the plans' zone; a change counts from local midnight.
package struct RatingInput: Hashable, Sendable {
    package struct PlanAssignment: Hashable, Sendable {
        package var plan: Tariff
        package var from: LocalDate
        /// Exclusive; nil is open.
        package var to: LocalDate?
        /// When the contract over this plan began, through all its versions: one-off charges and the lifetime's schedule
        /// count from here. Usually `from` of the first of them.
        package var contractFrom: LocalDate

        package init(plan: Tariff, from: LocalDate, to: LocalDate? = nil, contractFrom: LocalDate? = nil) {
            self.plan = plan
            self.from = from
            self.to = to
            self.contractFrom = contractFrom ?? from
        }
    }

    /// A line (a SIM in a machine) belongs to the account on dates in [from, to).
    package struct LineAssignment: Hashable, Sendable {
        package var line: String
        /// Lines of two machines may be called the same, and are two all the same.
        package var machine: String?
        package var from: LocalDate
        package var to: LocalDate?

        package init(line: String, machine: String? = nil, from: LocalDate, to: LocalDate? = nil) {
            self.line = line
            self.machine = machine
            self.from = from
            self.to = to
        }
    }

    /// Mbit/s reserved for a line on dates in [from, to).
    package struct ReservedRate: Hashable, Sendable {
        package var line: String
        package var megabits: Rational
        package var from: LocalDate
        package var to: LocalDate?

        package init(line: String, megabits: Rational, from: LocalDate, to: LocalDate? = nil) {
            self.line = line
            self.megabits = megabits
            self.from = from
            self.to = to
        }
    }

    /// Something that happened and that a charge waits for with `when`; without a date it holds for the whole period.
    package struct Event: Hashable, Sendable {
        package var name: String
        package var on: LocalDate?
        /// Exclusive; nil is the day after `on`.
        package var to: LocalDate?

        package init(name: String, on: LocalDate? = nil, to: LocalDate? = nil) {
            self.name = name
            self.on = on
            self.to = to
        }
    }

    package var account: String
    package var period: BillingPeriod
    package var plans: [PlanAssignment]
    package var lines: [LineAssignment]
    package var reserved: [ReservedRate]
    package var events: [Event]

    package init(
        account: String, period: BillingPeriod, plans: [PlanAssignment], lines: [LineAssignment] = [],
        reserved: [ReservedRate] = [], events: [Event] = []
    ) {
        self.account = account
        self.period = period
        self.plans = plans
        self.lines = lines
        self.reserved = reserved
        self.events = events
    }
}
