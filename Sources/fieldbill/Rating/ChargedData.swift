import Billing
import Calendars
import JSONText

/// What an account was charged by one document, kept beside it: enough to say later what another calculation changes, and
/// what the period passed on.
struct ChargedData {
    var charged: InvoicedPeriod
    var carryOut: CarryState

    init(_ charged: InvoicedPeriod, carryOut: CarryState) {
        self.charged = charged
        self.carryOut = carryOut
    }

    var text: String {
        JSONValue.members([
            "number": .string(charged.number), "net": .integer(charged.net), "total": .integer(charged.total),
            "lines": .array(charged.lines.map(Self.json)),
            "taxes": .array(
                charged.taxes.map {
                    .members([
                        "rate": .string($0.rate), "inclusive": .bool($0.isInclusive), "base": .integer($0.base),
                        "minor": .integer($0.minor),
                    ])
                }),
            "carry": .array(
                carryOut.buckets.map {
                    .members([
                        "plan": .string($0.plan), "pool": .string($0.pool), "quantity": .string($0.quantity.fraction),
                        "unit": .string($0.unit?.text ?? ""),
                        "left": .integer($0.periodsLeft),
                    ])
                }),
        ]).compact
    }

    private static func json(_ line: InvoicedPeriod.Line) -> JSONValue {
        let shares = line.shares.sorted { $0.key < $1.key }
            .map { JSONValue.members(["line": .string($0.key), "minor": .integer($0.value)]) }
        return .members([
            "plan": .string(line.key.plan), "from": .string(line.key.from.text), "charge": .string(line.key.charge),
            "role": .string(line.key.role), "minor": .integer(line.minor), "shares": .array(shares),
        ])
    }

    /// Nil when the text is none of ours.
    init?(_ text: String) {
        guard let json = try? JSONReader.read(text) else { return nil }
        var lines: [InvoicedPeriod.Line] = []
        for line in json.items("lines") {
            guard let from = LocalDate(line.text("from")) else { return nil }
            let shares = line.items("shares").map { ($0.text("line"), $0.integer("minor")) }
            lines.append(
                InvoicedPeriod.Line(
                    key: InvoicedPeriod.Key(
                        plan: line.text("plan"), from: from, charge: line.text("charge"), role: line.text("role")),
                    minor: line.integer("minor"), shares: Dictionary(shares, uniquingKeysWith: +)))
        }
        let taxes = json.items("taxes").map {
            InvoicedPeriod.Tax(
                rate: $0.text("rate"), isInclusive: $0["inclusive"] == .bool(true), base: $0.integer("base"),
                minor: $0.integer("minor"))
        }
        charged = InvoicedPeriod(
            number: json.text("number"), lines: lines, taxes: taxes, net: json.integer("net"),
            total: json.integer("total"))
        carryOut = CarryState(
            json.items("carry").compactMap { bucket in
                Rational(fraction: bucket.text("quantity")).map {
                    CarryState.Bucket(
                        plan: bucket.text("plan"), pool: bucket.text("pool"), quantity: $0,
                        unit: bucket.text("unit").isEmpty ? nil : TariffUnit(bucket.text("unit")),
                        periodsLeft: Int(bucket.integer("left")))
                }
            })
    }
}
