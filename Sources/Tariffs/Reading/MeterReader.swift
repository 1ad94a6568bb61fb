import Billing
import Configuration
import FieldModel

/// Reads one meter.
struct MeterReader {
    struct Placed {
        var meter: Meter
        var section: Section
    }

    private let section: Section
    private let notes: Notes

    static func all(_ root: Section, _ notes: Notes) -> [Placed] {
        var seen: Set<String> = []
        return root.sections("meters").compactMap { section in
            guard let meter = MeterReader(section: section, notes: notes).read() else { return nil }
            guard seen.insert(meter.id).inserted else {
                section.reject("id", "a second meter '\(meter.id)'", remedy: "give each meter a name of its own")
                return nil
            }
            return Placed(meter: meter, section: section)
        }
    }

    /// There whenever it has a name, so that what refers to it is not called wrong for what is wrong with it.
    private func read() -> Meter? {
        let id = section.require("id", section.identifier("id"), remedy: "name the meter, e.g. `id: data`")
        let source = readSource()
        let aggregate = section.choice("aggregate", Meter.Aggregate.allCases.map { ($0.rawValue, $0) })
        guard let source else {
            for key in ["unit", "dir", "classes", "sample", "quantize"] { _ = section.has(key) }
            section.finish()
            return id.map { Meter(id: $0, source: .messages, unit: .messages) }
        }
        var meter = Meter(id: id ?? "?", source: source, unit: .messages)
        meter.aggregate = readAggregate(aggregate, source)
        meter.direction = section.choice("dir", Meter.Direction.allCases.map { ($0.rawValue, $0) }) ?? .both
        meter.classes = section.list(
            "classes", "the name of a rating group, or a class's number such as 0x20, up to 65535"
        ) {
            Section.isIdentifier($0) && ClassFilter.canMatch($0)
        }.map { ClassFilter($0.text) }
        let unit = readUnit(meter)
        meter.unit = unit ?? meter.unit
        meter.sample = readSample() ?? meter.sample
        if section.has("sample"), !meter.isSampled {
            notes.warn(
                section, "sample", "a sum has no samples, so this changes nothing",
                remedy: "take it out, or choose max, p95 or time_weighted")
        }
        if unit != nil { meter.quantize = readQuantize(meter) }
        if unit == nil { _ = section.has("quantize") }
        section.finish()
        return id == nil ? nil : meter
    }

    private func readSource() -> Meter.Source? {
        let name = section.identifier("name")
        let choices: [(String, Meter.Source)] = [
            ("ip_bytes", .bytes), ("msgs", .messages), ("lines", .lines), ("gbr_mbps", .guaranteedRate),
            ("external", .external(name ?? "")),
        ]
        let source = section.require(
            "source", section.choice("source", choices), remedy: "say what it counts, e.g. `source: ip_bytes`")
        guard let source else { return nil }
        if case .external = source {
            return section.require("name", name, remedy: "name what is reported from outside, e.g. `name: tonnes`")
                .map { .external($0) }
        }
        section.refuse(["name"], "to this source", remedy: "take it out, or write `source: external`")
        return source
    }

    private func readAggregate(_ aggregate: Meter.Aggregate?, _ source: Meter.Source) -> Meter.Aggregate {
        guard source.isAssigned else { return aggregate ?? .sum }
        if aggregate == .sum {
            section.reject(
                "aggregate", "days of a line or a rate do not add up to a quantity",
                remedy: "write time_weighted for the mean of the period, or max")
        }
        return aggregate ?? (source == .lines ? .timeWeighted : .max)
    }

    private func readUnit(_ meter: Meter) -> TariffUnit? {
        let expected = expectedUnit(meter)
        let unit = section.require(
            "unit", section.read("unit", expected) { text, _ in parseUnit(text, meter) }, remedy: "write \(expected)")
        if case .bytes(let bytes)? = unit { notes.use(bytes, section, "unit") }
        return unit
    }

    private func expectedUnit(_ meter: Meter) -> String {
        switch meter.source {
        case .bytes where meter.isSampled: "Mbit/s: samples of bytes become bits per second"
        case .bytes: "one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"
        case .messages: "msg"
        case .lines: "line"
        case .guaranteedRate: "Mbit/s"
        case .external: "the name of its unit, e.g. t, h, flight, conn"
        }
    }

    private func parseUnit(_ text: String, _ meter: Meter) -> TariffUnit? {
        switch meter.source {
        case .bytes where meter.isSampled, .guaranteedRate: return text == "Mbit/s" ? .megabits : nil
        case .bytes: return UnitText.bytes(text)
        case .messages: return text == "msg" ? .messages : nil
        case .lines: return text == "line" ? .lines : nil
        case .external:
            guard (1...32).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 }) else { return nil }
            return text == "conn" ? .connections : .named(text)
        }
    }

    private func readSample() -> Meter.Sample? {
        let expected = "`day`, or seconds that divide a day, from 60s to 43200s, e.g. 900s"
        return section.read("sample", expected) { text, _ in Self.parseSample(text) }
    }

    private static func parseSample(_ text: String) -> Meter.Sample? {
        if text == "day" { return .day }
        guard text.hasSuffix("s"), let seconds = Int(text.dropLast()), (60...43_200).contains(seconds),
            86_400 % seconds == 0
        else { return nil }
        return .seconds(seconds)
    }

    private func readQuantize(_ meter: Meter) -> Meter.Quantize? {
        guard let own = section.section("quantize") else { return nil }
        let expected = "a number above zero and a unit like the meter's, e.g. \"1 \(meter.unit.text)\""
        let step = own.require(
            "step", own.read("step", expected) { text, _ in parseStep(text, meter) }, remedy: "write \(expected)")
        if let step, case .bytes(let unit) = step.unit { notes.use(unit, own, "step") }
        let mode = own.choice("mode", RoundingMode.allCases.map { ($0.rawValue, $0) }) ?? .up
        let isPerConnection = own.choice("per", [("period", false), ("connection", true)]) ?? false
        if isPerConnection, meter.isSampled || (meter.source != .bytes && meter.source != .messages) {
            own.reject(
                "per", "only sums of bytes or messages belong to connections",
                remedy: "write `per: period`, or `aggregate: sum`")
        }
        own.finish()
        return step.map {
            Meter.Quantize(step: $0.number * $0.unit.base, mode: mode, isPerConnection: isPerConnection)
        }
    }

    private func parseStep(_ text: String, _ meter: Meter) -> (number: Rational, unit: TariffUnit)? {
        guard let (number, rest) = UnitText.split(text), number > .zero else { return nil }
        if case .bytes = meter.unit { return UnitText.bytes(rest).map { (number, $0) } }
        return rest == meter.unit.text ? (number, meter.unit) : nil
    }
}
