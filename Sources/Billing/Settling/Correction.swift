import Calendars

/// What was invoiced of a period, by its invoice and by each note since: enough to say what another calculation changes.
package struct InvoicedPeriod: Hashable, Sendable {
    /// Names a line of a period for ever.
    package struct Key: Hashable, Sendable {
        package var plan: String
        /// When its segment begins.
        package var from: LocalDate
        package var charge: String
        /// `charge`, or how a lifetime bundle settles it: `covered`, `down`, `purchase`, `instalment`.
        package var role: String

        package init(plan: String, from: LocalDate, charge: String, role: String = "charge") {
            self.plan = plan
            self.from = from
            self.charge = charge
            self.role = role
        }
    }

    package struct Line: Hashable, Sendable {
        package var key: Key
        /// Signed; a credit note's are below zero.
        package var minor: Int64
        /// By line of a pool.
        package var shares: [String: Int64]

        package init(key: Key, minor: Int64, shares: [String: Int64] = [:]) {
            self.key = key
            self.minor = minor
            self.shares = shares
        }
    }

    package struct Tax: Hashable, Sendable {
        package var rate: String
        package var isInclusive: Bool
        /// What it was taken on.
        package var base: Int64
        package var minor: Int64

        package init(rate: String, isInclusive: Bool, base: Int64, minor: Int64) {
            self.rate = rate
            self.isInclusive = isInclusive
            self.base = base
            self.minor = minor
        }
    }

    /// Of the document.
    package var number: String
    package var lines: [Line]
    package var taxes: [Tax]
    package var net: Int64
    package var total: Int64

    package init(number: String, lines: [Line], taxes: [Tax], net: Int64, total: Int64) {
        self.number = number
        self.lines = lines
        self.taxes = taxes
        self.net = net
        self.total = total
    }

    /// What an invoice with this number says.
    package init(_ rated: RatedPeriod, number: String) {
        self.init(
            number: number,
            lines: rated.lines.map { line in
                Line(
                    key: rated.key(segment: line.segment, charge: line.charge, role: "charge"),
                    minor: line.amount.minor,
                    shares: Dictionary(line.shares.map { ($0.line, $0.amount.minor) }, uniquingKeysWith: +))
            }
                + rated.settlement.map { line in
                    Line(
                        key: rated.key(segment: line.segment, charge: line.charge, role: line.role.name),
                        minor: line.amount.minor)
                },
            taxes: rated.taxes.map {
                Tax(rate: $0.rate, isInclusive: $0.isInclusive, base: $0.net.minor, minor: $0.amount.minor)
            },
            net: rated.net.minor, total: rated.total.minor)
    }

    /// What a note with this number adds.
    package init(_ note: CorrectionNote, number: String) {
        self.init(
            number: number,
            lines: note.lines.map { Line(key: $0.key, minor: $0.difference, shares: $0.shares) },
            taxes: note.taxes, net: note.net.minor, total: note.total.minor)
    }
}

extension RatedPeriod {
    func key(segment: Int, charge: String, role: String) -> InvoicedPeriod.Key {
        InvoicedPeriod.Key(plan: parts[segment].plan, from: parts[segment].from, charge: charge, role: role)
    }
}

extension SettlementLine.Role {
    /// `covered`, `purchase`, `down`, `instalment`.
    package var name: String {
        switch self {
        case .covered: "covered"
        case .purchase: "purchase"
        case .downPayment: "down"
        case .instalment: "instalment"
        }
    }
}

/// What late records and corrections change of a period that was invoiced: a credit note where `total` is below zero.
package struct CorrectionNote: Hashable, Sendable {
    package struct Line: Hashable, Sendable {
        package let key: InvoicedPeriod.Key
        /// By all documents before.
        package let invoiced: Int64
        package let now: Int64
        /// By line of a pool; what changes, not what is.
        package let shares: [String: Int64]

        package var difference: Int64 { now - invoiced }
    }

    package let account: String
    package let period: BillingPeriod
    package let currency: String
    /// The numbers of the invoice and of the notes after it.
    package let corrects: [String]
    /// Only lines that change.
    package let lines: [Line]
    package let taxes: [InvoicedPeriod.Tax]
    package let net: Money
    package let total: Money
    /// The period as it is now.
    package let rated: RatedPeriod

    /// Nil when nothing changes that was invoiced.
    package init?(_ rated: RatedPeriod, invoiced: [InvoicedPeriod]) {
        let now = InvoicedPeriod(rated, number: "")
        let before = Tally(invoiced)
        let after = Tally([now])
        lines = before.keys.union(after.keys).sorted(by: Self.order(of: now)).compactMap { key in
            let (old, new) = (before.lines[key] ?? Tally.Amount(), after.lines[key] ?? Tally.Amount())
            guard old != new else { return nil }
            var shares = new.shares.merging(old.shares.mapValues { -$0 }, uniquingKeysWith: +)
            shares = shares.filter { $0.value != 0 }
            guard old.minor != new.minor || !shares.isEmpty else { return nil }
            return Line(key: key, invoiced: old.minor, now: new.minor, shares: shares)
        }
        taxes = Set(before.taxes.keys).union(after.taxes.keys).sorted {
            ($0.rate, $1.isInclusive ? 1 : 0) < ($1.rate, $0.isInclusive ? 1 : 0)
        }
        .compactMap { tax in
            let (old, new) = (before.taxes[tax] ?? Tally.Taxed(), after.taxes[tax] ?? Tally.Taxed())
            return old == new
                ? nil
                : InvoicedPeriod.Tax(
                    rate: tax.rate, isInclusive: tax.isInclusive, base: new.base - old.base,
                    minor: new.minor - old.minor)
        }
        net = Money(minor: now.net - before.net, digits: rated.minorDigits)
        total = Money(minor: now.total - before.total, digits: rated.minorDigits)
        guard !lines.isEmpty || !taxes.isEmpty || net.minor != 0 || total.minor != 0 else { return nil }
        account = rated.account
        period = rated.period
        currency = rated.currency
        corrects = invoiced.map(\.number)
        self.rated = rated
    }

    /// As the new calculation has them; lines that are no more come last.
    private static func order(
        of now: InvoicedPeriod
    ) -> (InvoicedPeriod.Key, InvoicedPeriod.Key) -> Bool {
        let places = Dictionary(now.lines.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        return { left, right in
            let (a, b) = (places[left] ?? .max, places[right] ?? .max)
            guard a == b else { return a < b }
            return (left.plan, left.from, left.charge, left.role) < (right.plan, right.from, right.charge, right.role)
        }
    }
}

/// Documents of one period, added up.
private struct Tally {
    struct Amount: Equatable {
        var minor: Int64 = 0
        var shares: [String: Int64] = [:]
    }

    struct Taxed: Equatable {
        var base: Int64 = 0
        var minor: Int64 = 0
    }

    struct TaxKey: Hashable {
        var rate: String
        var isInclusive: Bool
    }

    var lines: [InvoicedPeriod.Key: Amount] = [:]
    var taxes: [TaxKey: Taxed] = [:]
    var net: Int64 = 0
    var total: Int64 = 0

    var keys: Set<InvoicedPeriod.Key> { Set(lines.keys) }

    init(_ documents: [InvoicedPeriod]) {
        for document in documents {
            for line in document.lines {
                lines[line.key, default: Amount()].minor += line.minor
                lines[line.key, default: Amount()].shares.merge(line.shares, uniquingKeysWith: +)
            }
            for tax in document.taxes {
                let key = TaxKey(rate: tax.rate, isInclusive: tax.isInclusive)
                taxes[key, default: Taxed()].base += tax.base
                taxes[key, default: Taxed()].minor += tax.minor
            }
            net += document.net
            total += document.total
        }
    }
}
