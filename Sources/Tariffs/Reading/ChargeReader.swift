import Billing
import Configuration

/// Reads one charge.
struct ChargeReader {
    private let section: Section
    /// As far as it is read: meters, pools, and the charges before.
    private let plan: Tariff
    private let names: ChargesReader.Names
    private let notes: Notes

    init(_ section: Section, plan: Tariff, names: ChargesReader.Names, notes: Notes) {
        self.section = section
        self.plan = plan
        self.names = names
        self.notes = notes
    }

    /// There whenever it has a name, with whatever could be read.
    func read() -> Charge? {
        let id = section.require("id", section.identifier("id"), remedy: "name the charge, e.g. `id: data`")
        let kind = section.require(
            "kind", section.choice("kind", Charge.Kind.allCases.map { ($0.rawValue, $0) }),
            remedy: "write one of \(Charge.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        let word = kind.flatMap(readModelWord)
        let model = word.flatMap(readModel)
        var charge = Charge(id: id ?? "?", kind: kind ?? .usage, model: model ?? Self.nothing)
        charge.when = section.identifier("when")
        charge.minimum = section.exact("min")
        charge.maximum = section.exact("max")
        charge.proration = section.choice("prorate", Charge.Proration.allCases.map { ($0.rawValue, $0) }) ?? .none
        if let word { readInput(&charge, word) }
        if let minimum = charge.minimum, let maximum = charge.maximum, minimum.value > maximum.value {
            section.reject(
                "min", "min \(minimum.text) is above max \(maximum.text)", remedy: "exchange the two, or take one out")
        }
        if let word { refuseOthers(word) } else { Self.members.forEach { _ = section.has($0.name) } }
        section.finish()
        return id == nil ? nil : charge
    }

    /// Stands for a model that could not be read, in a plan that is refused.
    private static let nothing = Charge.Model.graduated([])

    // MARK: Model

    enum Word: String, CaseIterable {
        case flat, included, graduated, volume, package, stairstep, share, credit
        case perUnit = "per_unit"
    }

    private func readModelWord(_ kind: Charge.Kind) -> Word? {
        if kind == .credit {
            section.refuse(
                ["model"], "to a credit", remedy: "take it out: a credit is a part (`rate`) of another line (`of`)")
            return .credit
        }
        let words = Word.allCases.filter { $0 != .credit }
        if kind == .share, !section.has("model") { return .share }
        let word = section.require(
            "model", section.choice("model", words.map { ($0.rawValue, $0) }),
            remedy: "write one of \(words.map(\.rawValue).joined(separator: ", "))")
        guard let word, (kind == .share) != (word == .share) else { return word }
        section.reject(
            "model", "the kind \(kind.rawValue) does not go with the model \(word.rawValue)",
            remedy: kind == .share ? "write `model: share`" : "write `kind: share`")
        return word
    }

    private func readModel(_ word: Word) -> Charge.Model? {
        switch word {
        case .flat:
            return section.requiredExact("amount", remedy: "say how much, e.g. `amount: \"200\"`").map {
                .flat(amount: $0)
            }
        case .perUnit:
            return price().map { .perUnit(price: $0) }
        case .included: return included()
        case .package:
            let size = section.requiredExact(
                "size", .positive, remedy: "say how many are in a package, e.g. `size: \"150\"`")
            let price = price()
            guard let size, let price else { return nil }
            return .package(size: size, price: price)
        case .graduated, .volume, .stairstep:
            guard let tiers = TierReader(section, model: word, notes: notes).read() else { return nil }
            return word == .graduated ? .graduated(tiers) : word == .volume ? .volume(tiers) : .stairstep(tiers)
        case .share:
            let value = section.requiredExact(
                "value_per_unit", remedy: "say what one unit is worth, e.g. `value_per_unit: \"3.20\"`")
            let rate = rate()
            guard let value, let rate else { return nil }
            return .share(valuePerUnit: value, rate: rate)
        case .credit: return credit()
        }
    }

    private func price() -> DecimalText? {
        section.requiredExact("price", remedy: "say what one costs, e.g. `price: \"0.10\"`")
    }

    private func rate() -> DecimalText? {
        section.requiredExact("rate", .part, remedy: "write the part as a decimal, e.g. `rate: \"0.05\"` for 5 %")
    }

    private func included() -> Charge.Model? {
        let fee = section.has("fee") ? section.exact("fee") : DecimalText("0")
        let quantity = section.exact("qty", .notNegative)
        let overage = section.exact("overage")
        if !section.has("pool") {
            _ = section.require(
                "qty", quantity, remedy: "say how much the fee covers, e.g. `qty: \"150\"`, or name a pool")
        } else {
            section.refuse(["qty"], "beside a pool, which has its own", remedy: "take it out")
        }
        if !section.has("overage"), let id = section.text("id"), !names.all.isEmpty, !isContinued(id) {
            notes.warn(
                section, nil, "what is beyond the quantity costs nothing",
                remedy: "write `overage: \"…\"`, or let another charge take `input: {overage_of: \(id)}`")
        }
        return fee.map { .included(fee: $0, quantity: quantity, overage: overage) }
    }

    /// Another charge, somewhere, rates its overage.
    private func isContinued(_ id: String) -> Bool { names.continued.contains(id) }

    private func credit() -> Charge.Model? {
        let of = section.require("of", section.text("of"), remedy: "name the charge it is a part of, e.g. `of: access`")
        let rate = rate()
        if let of { refer(to: of, by: "of") }
        guard let of, let rate else { return nil }
        return .credit(of: of, rate: rate)
    }

    // MARK: What it is measured by

    private func readInput(_ charge: inout Charge, _ word: Word) {
        guard word != .flat, word != .credit else { return }
        charge.meter = section.text("meter")
        charge.pool = section.text("pool")
        readOverage(&charge)
        if let meter = charge.meter, plan.meter(meter) == nil {
            section.reject("meter", "there is no meter '\(meter)'", remedy: known(plan.meters.map(\.id), "meters"))
            return
        }
        if let pool = charge.pool { checkPool(pool, charge, word) }
        guard charge.meter == nil, charge.pool == nil, charge.overageOf == nil else { return }
        section.reject(
            nil, "nothing says what the charge counts",
            remedy: "write `meter: …`, `pool: …` or `input: {overage_of: …}`")
    }

    private func readOverage(_ charge: inout Charge) {
        guard let input = section.section("input") else { return }
        let of = input.require("overage_of", input.text("overage_of"), remedy: "name the charge: `overage_of: bundle`")
        input.finish()
        guard let of else { return }
        charge.overageOf = of
        guard refer(to: of, by: "input") else { return }
        if charge.pool != nil {
            section.reject("pool", "a pool's quantity comes before any overage", remedy: "take out `pool` or `input`")
        }
        guard let base = plan.charge(of) else { return }
        if case .included = base.model {
        } else {
            section.reject(
                "input", "'\(of)' includes no quantity, so nothing of it is overage",
                remedy: "name a charge of model included")
        }
        if let meter = charge.meter, let own = plan.meter(of: base)?.id, own != meter {
            section.reject(
                "meter", "the overage of '\(of)' is measured by '\(own)', not '\(meter)'", remedy: "take out `meter`")
        }
    }

    private func checkPool(_ name: String, _ charge: Charge, _ word: Word) {
        guard let pool = plan.pool(name) else {
            section.reject("pool", "there is no pool '\(name)'", remedy: known(plan.pools.map(\.id), "pools"))
            return
        }
        if word != .included {
            section.reject("pool", "only the model included uses up a pool", remedy: "write `model: included`")
        }
        if let meter = charge.meter, meter != pool.meter {
            section.reject(
                "meter", "the pool '\(name)' shares what '\(pool.meter)' measures, not '\(meter)'",
                remedy: "write `meter: \(pool.meter)`, or take it out")
        }
    }

    /// Whether `id` is a charge before this one.
    @discardableResult
    private func refer(to id: String, by key: String) -> Bool {
        if names.seen.contains(id) { return true }
        if case .scalar(id, _)? = section.node("id")?.content {
            section.reject(key, "'\(id)' is this charge itself", remedy: "name a charge before this one")
            return false
        }
        if names.all.contains(id) {
            section.reject(
                key, "'\(id)' is worked out later: charges run in the order of the file",
                remedy: "move '\(id)' before this charge")
        } else {
            let before = plan.charges.map(\.id)
            section.reject(key, "there is no charge '\(id)'", remedy: known(before, "charges"))
        }
        return false
    }

    // MARK: Members of other models

    private static let members: [(name: String, models: Set<Word>)] = [
        ("amount", [.flat]), ("price", [.perUnit, .package]), ("size", [.package]), ("fee", [.included]),
        ("qty", [.included]), ("overage", [.included]), ("pool", [.included]),
        ("tiers", [.graduated, .volume, .stairstep]), ("value_per_unit", [.share]), ("rate", [.share, .credit]),
        ("of", [.credit]),
        ("meter", Set(Word.allCases).subtracting([.flat, .credit])),
        ("input", Set(Word.allCases).subtracting([.flat, .credit])), ("model", Set(Word.allCases)),
    ]

    private func refuseOthers(_ word: Word) {
        for member in Self.members where !member.models.contains(word) {
            // A pool beside another model has been spoken of.
            if member.name == "pool", word != .flat, word != .credit { continue }
            let owners = member.models.map(\.rawValue).sorted().joined(separator: ", ")
            section.refuse(
                [member.name], "to \(word == .credit ? "a credit" : "the model \(word.rawValue)")",
                remedy: "take it out (it belongs to \(owners))")
        }
    }
}
