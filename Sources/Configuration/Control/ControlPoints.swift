import FieldModel

/// The points that a profile's `control` part names, and the values it gives them.
struct ControlPoints {
    enum Use {
        case written, read
    }

    private let points: [String: Point]

    init(_ points: [Point]) {
        self.points = Dictionary(points.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The point that a key names; nil, and reported, when it can't be used so.
    func point(_ part: Section, _ key: String, _ use: Use) -> Point? {
        guard let name = part.text(key) else { return nil }
        guard let point = points[name] else {
            part.reject(key, "the profile has no point '\(name)'", remedy: "list it under `points:`")
            return nil
        }
        switch use {
        case .written where point.write == nil:
            part.reject(
                key, "the point '\(name)' cannot be written", remedy: "give it `access: read_write` and `write:`")
            return nil
        case .read where !point.isReadable:
            part.reject(
                key, "the point '\(name)' is only written, never read",
                remedy: "name the point in which the machine says it, or give it `access: read_write`")
            return nil
        default: return point
        }
    }

    /// A point that is switched on and off.
    func toggle(_ part: Section, _ key: String) -> Point? {
        guard let point = point(part, key, .written) else { return nil }
        guard let objection = point.objection(to: .number(.zero)) ?? point.objection(to: .number(.one)) else {
            return point
        }
        part.reject(key, "'\(point.id)' is not one to switch: \(objection)", remedy: "name one that takes 0 and 1")
        return nil
    }

    /// `{point, value}`: what is written.
    func setting(_ part: Section) -> PointCondition? {
        defer { part.finish() }
        guard let setting = pair(part, .written, "value") else { return nil }
        if let objection = setting.point.objection(to: setting.value) {
            part.reject("value", objection, remedy: "write a value that '\(setting.point.id)' takes")
            return nil
        }
        return setting
    }

    /// `{point, is}`: what is read.
    func condition(_ part: Section) -> PointCondition? {
        defer { part.finish() }
        guard let condition = pair(part, .read, "is") else { return nil }
        guard condition.canHold else {
            part.reject(
                "is", "'\(condition.point.id)' is \(condition.point.type.name) and never \(condition.value.quoted)",
                remedy: "write a value that it can have")
            return nil
        }
        return condition
    }

    func condition(_ parent: Section, _ key: String) -> PointCondition? {
        parent.section(key).flatMap(condition)
    }

    private func pair(_ part: Section, _ use: Use, _ key: String) -> PointCondition? {
        let point = part.require("point", point(part, "point", use), remedy: "name the point")
        let value = part.require(key, value(part, key), remedy: "give the value, e.g. `\(key): 1`")
        guard let point, let value else { return nil }
        return PointCondition(point: point, value: value)
    }

    private func value(_ part: Section, _ key: String) -> CommandValue? {
        part.read(key, "true, false, a number, or text in quotes") { text, quoted in
            if quoted { return .text(text) }
            if text == "true" || text == "false" { return .bool(text == "true") }
            return DecimalNumber(text).map(CommandValue.number)
        }
    }
}

extension Point {
    /// Not one that is written blindly.
    var isReadable: Bool { group != nil || write == nil || write?.readBack == true }

    /// Why it can't be set to that value exactly, for a person; nil when it can.
    func objection(to value: CommandValue) -> String? {
        if case .number(let number) = value {
            if let least = write?.minimum, number.double < least.double {
                return "\(value) is below the least value of '\(id)', \(least)"
            }
            if let most = write?.maximum, number.double > most.double {
                return "\(value) is above the greatest value of '\(id)', \(most)"
            }
        }
        do throws(EncodingFault) {
            let words = try RegisterEncoder(self).encode(value)
            let reading = words.withUnsafeBufferPointer { RegisterDecoder(self).decode($0) }
            guard !PointCondition(point: self, value: value).holds(reading) else { return nil }
            guard case .good(let held) = reading else { return "'\(id)' cannot hold \(value)" }
            return "'\(id)' would hold \(held) in place of \(value)"
        } catch {
            switch error {
            case .wrongKind(let expected): return "\(value) cannot be written to '\(id)': it takes \(expected)"
            case .outOfRange(let reason): return "\(value) cannot be written to '\(id)': \(reason)"
            }
        }
    }
}

extension CommandValue {
    /// Text shows as such.
    fileprivate var quoted: String { if case .text(let text) = self { "the text \"\(text)\"" } else { description } }
}

extension PointCondition {
    /// The point can have this value at all.
    fileprivate var canHold: Bool {
        switch (point.type, value) {
        case (.bool, .bool), (.bit, .bool): true
        case (.bool, .number(let number)), (.bit, .number(let number)): number == .zero || number == .one
        case (.bool, _), (.bit, _), (.f32, .bool), (.f64, .bool), (.string, .bool), (.string, .number): false
        case (_, .bool): true
        default:
            if let words = try? RegisterEncoder(point).encode(value) {
                holds(words.withUnsafeBufferPointer { RegisterDecoder(point).decode($0) })
            } else {
                false
            }
        }
    }
}
