/// One line of a plan. Charges are worked out in the order of the file.
package struct Charge: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Once, where the contract begins.
        case oneOff = "one_off"
        case recurring, usage, share, credit
    }

    package enum Proration: String, Hashable, Sendable, CaseIterable {
        case none, day, second
    }

    /// How a quantity becomes an amount; f is the part of the period that is rated.
    package enum Model: Hashable, Sendable {
        /// amount · f
        case flat(amount: DecimalText)
        /// price · q
        case perUnit(price: DecimalText)
        /// fee · f + overage · max(0, q − quantity · f); nil quantity: the pool's, with its carry.
        case included(fee: DecimalText, quantity: DecimalText?, overage: DecimalText?)
        /// price · ⌈q ÷ size⌉
        case package(size: DecimalText, price: DecimalText)
        /// Each tier's part of the quantity at its price.
        case graduated([Tier])
        /// The whole quantity at the price of the tier it falls in.
        case volume([Tier])
        /// The flat amount of the tier it falls in.
        case stairstep([Tier])
        /// q · value · rate
        case share(valuePerUnit: DecimalText, rate: DecimalText)
        /// −rate × another line as rounded
        case credit(of: String, rate: DecimalText)

        package var name: String {
            switch self {
            case .flat: "flat"
            case .perUnit: "per_unit"
            case .included: "included"
            case .package: "package"
            case .graduated: "graduated"
            case .volume: "volume"
            case .stairstep: "stairstep"
            case .share: "share"
            case .credit: "credit"
            }
        }
    }

    package var id: String
    package var kind: Kind
    package var model: Model
    package var meter: String?
    package var pool: String?
    /// Rates what another charge's included quantity did not cover.
    package var overageOf: String?
    package var minimum: DecimalText?
    package var maximum: DecimalText?
    /// Only in periods, or parts of them, that this happened in.
    package var when: String?
    package var proration: Proration

    package init(id: String, kind: Kind, model: Model, meter: String? = nil) {
        self.id = id
        self.kind = kind
        self.model = model
        self.meter = meter
        proration = .none
    }

    /// The part that does not depend on usage: a lifetime bundle pays for it.
    package var fixedPart: DecimalText? {
        switch model {
        case .flat(let amount): amount
        case .included(let fee, _, _): fee
        default: nil
        }
    }
}

/// From the tier before (or 0), exclusive, to its bound, inclusive.
package struct Tier: Hashable, Sendable {
    /// Nil is without end: the last.
    package var upTo: DecimalText?
    package var price: DecimalText?
    package var flat: DecimalText?

    package init(upTo: DecimalText?, price: DecimalText? = nil, flat: DecimalText? = nil) {
        self.upTo = upTo
        self.price = price
        self.flat = flat
    }
}

/// A bundle sold for a machine's life.
package struct Lifetime: Hashable, Sendable {
    package enum DownPayment: Hashable, Sendable {
        case share(DecimalText)
        case amount(DecimalText)
    }

    package enum Payment: Hashable, Sendable {
        case atOnce
        /// In `count` monthly instalments at a yearly rate.
        case instalments(down: DownPayment?, yearlyRate: DecimalText?, count: Int)
    }

    /// The charge whose fixed part it pays for.
    package var charge: String
    package var periods: Int
    package var payment: Payment

    package init(charge: String, periods: Int, payment: Payment) {
        self.charge = charge
        self.periods = periods
        self.payment = payment
    }
}
