import Billing
import Configuration

/// Reads what a plan sells for a machine's life.
struct LifetimeReader {
    private let section: Section
    private let plan: Tariff

    /// `plan` has its charges.
    init(_ section: Section, plan: Tariff) {
        self.section = section
        self.plan = plan
    }

    func read() -> Lifetime? {
        let of = readCharge()
        let periods = section.require(
            "periods", section.integer("periods", in: 1...1200),
            remedy: "say how many months it lasts, e.g. `periods: 120`")
        let isInstalment = section.choice("payment", [("one_off", false), ("instalment", true)]) ?? section.has("n")
        let payment = isInstalment ? readInstalments(of, periods) : atOnce()
        section.finish()
        guard let of, let periods, let payment else { return nil }
        return Lifetime(charge: of.id, periods: periods, payment: payment)
    }

    private func readCharge() -> Charge? {
        let of = section.require(
            "of", section.text("of"), remedy: "name the charge that is paid for, e.g. `of: bundle`")
        guard let of else { return nil }
        guard let charge = plan.charge(of) else {
            section.reject("of", "there is no charge '\(of)'", remedy: known(plan.charges.map(\.id), "charges"))
            return nil
        }
        if charge.fixedPart == nil {
            section.reject(
                "of", "'\(of)' has no fixed part that could be paid ahead",
                remedy: "name a charge of model flat or included")
        }
        return charge
    }

    private func atOnce() -> Lifetime.Payment {
        section.refuse(
            ["down", "down_share", "apr", "n"], "to a bundle paid at once",
            remedy: "write `payment: instalment`, or take it out")
        return .atOnce
    }

    private func readInstalments(_ of: Charge?, _ periods: Int?) -> Lifetime.Payment? {
        let share = section.exact("down_share", .part)
        let amount = section.exact("down", .notNegative)
        if section.has("down"), section.has("down_share") {
            section.reject(
                "down", "both `down` and `down_share`", remedy: "keep one: an amount, or a part of the total")
        }
        if let amount, let fixed = of?.fixedPart, let periods, amount.value > fixed.value * Rational(periods) {
            section.reject(
                "down", "\(amount.text) is more than the whole bundle, \((fixed.value * Rational(periods)).shown)",
                remedy: "write a smaller amount")
        }
        let rate = section.exact("apr", .part)
        let count = section.require(
            "n", section.integer("n", in: 1...600), remedy: "say in how many months it is paid, e.g. `n: 36`")
        let down: Lifetime.DownPayment? = share.map { .share($0) } ?? amount.map { .amount($0) }
        return count.map { .instalments(down: down, yearlyRate: rate, count: $0) }
    }
}
