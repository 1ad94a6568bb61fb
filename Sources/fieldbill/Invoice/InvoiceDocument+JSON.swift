import JSONText

/// `fg.invoice/1`. Members are written in one order, so equal invoices are equal texts.
extension InvoiceDocument {
    static let schema = "fg.invoice/1"

    var json: JSONValue {
        .members([
            "schema": .string(Self.schema), "kind": .string(kind.rawValue), "number": .string(number),
            "original": .optional(original), "reasons": .array(reasons.map { .string($0) }),
            "issued": .string(issued), "seller": seller.json, "customer": customer.json,
            "subject": .members([
                "kind": .string(subject.kind), "id": .string(subject.id), "name": .string(subject.name),
            ]),
            "period": .members([
                "first": .string(period.first), "last": .string(period.last), "zone": .string(period.zone),
                "starts": .integer(period.starts), "ends": .integer(period.ends),
            ]),
            "currency": .string(currency), "minor_digits": .integer(minorDigits),
            "sections": .array(sections.map(\.json)), "taxes": .array(taxes.map(\.json)),
            "net": .integer(net), "gross": .integer(gross),
        ])
    }

    /// Nil when the text is none of ours.
    init?(_ text: String) {
        guard let json = try? JSONReader.read(text), json.text("schema") == Self.schema,
            let kind = Kind(rawValue: json.text("kind")), let subject = json["subject"], let period = json["period"]
        else { return nil }
        self.kind = kind
        number = json.text("number")
        original = json.optionalText("original")
        reasons = json.texts("reasons")
        issued = json.text("issued")
        seller = Party(json["seller"])
        customer = Party(json["customer"])
        self.subject = Subject(kind: subject.text("kind"), id: subject.text("id"), name: subject.text("name"))
        self.period = Period(
            first: period.text("first"), last: period.text("last"), zone: period.text("zone"),
            starts: period.integer("starts"), ends: period.integer("ends"))
        currency = json.text("currency")
        minorDigits = Int(json.integer("minor_digits"))
        sections = json.items("sections").map(Section.init)
        taxes = json.items("taxes").map(Tax.init)
        net = json.integer("net")
        gross = json.integer("gross")
    }
}

extension InvoiceDocument.Party {
    fileprivate var json: JSONValue {
        .members([
            "name": .string(name), "address": .string(address), "tax_id": .string(taxID), "account": .string(account),
        ])
    }

    fileprivate init(_ json: JSONValue?) {
        self.init(
            name: json?.text("name") ?? "", address: json?.text("address") ?? "", taxID: json?.text("tax_id") ?? "",
            account: json?.text("account") ?? "")
    }
}

extension InvoiceDocument.Section {
    fileprivate var json: JSONValue {
        .members([
            "subject": .string(subject), "plan": .string(plan), "version": .integer(version),
            "plan_sha256": .string(planHash), "lines": .array(lines.map(\.json)),
            "pools": .array(pools.map(\.json)),
            "identities": .array(identities.map { .string($0) }), "basis": .array(basis.map(\.json)),
            "excluded_samples": .integer(excludedSamples), "estimated": .integer(estimated),
            "misplaced": .integer(misplaced), "net": .integer(net),
        ])
    }

    fileprivate init(_ json: JSONValue) {
        self.init(
            subject: json.text("subject"), plan: json.text("plan"), version: Int(json.integer("version")),
            planHash: json.text("plan_sha256"), lines: json.items("lines").map(InvoiceDocument.Line.init),
            pools: json.items("pools").map(InvoiceDocument.Pool.init),
            identities: json.texts("identities"), basis: json.items("basis").map(InvoiceDocument.Basis.init),
            excludedSamples: Int(json.integer("excluded_samples")), estimated: Int(json.integer("estimated")),
            misplaced: Int(json.integer("misplaced")), net: json.integer("net"))
    }
}

extension InvoiceDocument.Line {
    fileprivate var json: JSONValue {
        .members([
            "charge": .string(charge), "kind": .string(kind), "quantity": .string(quantity), "unit": .string(unit),
            "price": .string(price), "amount": .integer(amount), "included": .string(included),
            "carried": .string(carried), "overage": .string(overage), "instalment": instalment?.json ?? .null,
            "before": before.map { .integer($0) } ?? .null, "after": after.map { .integer($0) } ?? .null,
            "first": .optional(first), "last": .optional(last),
        ])
    }

    fileprivate init(_ json: JSONValue) {
        self.init(
            charge: json.text("charge"), kind: json.text("kind"), quantity: json.text("quantity"),
            unit: json.text("unit"), price: json.text("price"), amount: json.integer("amount"),
            included: json.text("included"), carried: json.text("carried"), overage: json.text("overage"),
            instalment: json["instalment"].flatMap(InvoiceDocument.Instalment.init),
            before: json["before"] == .null ? nil : json.integer("before"),
            after: json["after"] == .null ? nil : json.integer("after"), first: json.optionalText("first"),
            last: json.optionalText("last"))
    }
}

extension InvoiceDocument.Pool {
    fileprivate var json: JSONValue {
        let shares = shares.map { share in
            JSONValue.members(["member": .string(share.member), "amount": .integer(share.amount)])
        }
        return .members([
            "id": .string(id), "shares": .array(shares), "carry_in": .string(carryIn), "carry_out": .string(carryOut),
        ])
    }

    fileprivate init(_ json: JSONValue) {
        self.init(
            id: json.text("id"),
            shares: json.items("shares").map { Share(member: $0.text("member"), amount: $0.integer("amount")) },
            carryIn: json.text("carry_in"), carryOut: json.text("carry_out"))
    }
}

extension InvoiceDocument.Instalment {
    fileprivate var json: JSONValue {
        .members([
            "number": .integer(number), "of": .integer(of), "interest": .integer(interest),
            "balance": .integer(balance),
        ])
    }

    fileprivate init?(_ json: JSONValue) {
        guard case .object = json else { return nil }
        self.init(
            number: Int(json.integer("number")), of: Int(json.integer("of")), interest: json.integer("interest"),
            balance: json.integer("balance"))
    }
}

extension InvoiceDocument.Basis {
    fileprivate var json: JSONValue {
        .members([
            "gw": .string(gateway), "epoch": .integer(epoch), "first": .integer(first), "last": .integer(last),
            "records": .integer(records), "head": .integer(head), "h": .string(hash), "gaps": .integer(gaps),
            "held": .integer(held), "not_held": .integer(notHeld),
        ])
    }

    fileprivate init(_ json: JSONValue) {
        self.init(
            gateway: json.text("gw"), epoch: json.integer("epoch"), first: json.integer("first"),
            last: json.integer("last"), records: json.integer("records"), head: json.integer("head"),
            hash: json.text("h"), gaps: json.integer("gaps"), held: json.integer("held"),
            notHeld: json.integer("not_held"))
    }
}

extension InvoiceDocument.Tax {
    fileprivate var json: JSONValue {
        .members([
            "rate": .string(rate), "inclusive": .bool(inclusive), "base": .integer(base), "amount": .integer(amount),
        ])
    }

    fileprivate init(_ json: JSONValue) {
        self.init(
            rate: json.text("rate"), inclusive: json["inclusive"] == .bool(true), base: json.integer("base"),
            amount: json.integer("amount"))
    }
}

extension JSONValue {
    func optionalText(_ name: String) -> String? {
        if case .string(let text)? = self[name] { text } else { nil }
    }

    func texts(_ name: String) -> [String] {
        items(name).compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}
