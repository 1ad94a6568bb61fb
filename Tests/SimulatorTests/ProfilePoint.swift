import Foundation
import SimulatedMachines

/// What a profile says of one point, as far as the data sheet says it too.
struct ProfilePoint: Equatable {
    var id: String
    var table: String
    var address: Int
    /// With its bit or length.
    var type: String
    var order: ByteSequence
    var scale: Double
    var offset: Double
    var unit: String
    /// Whether it can be written; a profile may leave out of polling what can be read.
    var isWritable: Bool
    var limits: ClosedRange<Double>?
}

extension ProfilePoint {
    init(_ layout: RegisterLayout) {
        self.init(
            id: layout.name, table: layout.table.rawValue, address: layout.address, type: layout.type.description,
            order: Self.significant(layout.order, layout.type.description), scale: layout.scale, offset: layout.offset,
            unit: layout.unit, isWritable: layout.access == .readWrite, limits: layout.limits)
    }

    /// The points of a profile of this repository's form: one flow mapping each, series of 16-bit points.
    static func all(in profile: String) -> [ProfilePoint] {
        let defaults = fields(profile.firstMatch(of: /defaults: \{(.*)\}/).map { String($0.1) } ?? "")
        let entries = profile.components(separatedBy: "\n  - {").dropFirst()
        return entries.flatMap { entry -> [ProfilePoint] in
            let body = entry.components(separatedBy: "\n").filter { !$0.hasPrefix("  #") }.joined(separator: " ")
            return points(fields(body).merging(defaults) { own, _ in own }, body)
        }
    }

    private static func points(_ fields: [String: String], _ body: String) -> [ProfilePoint] {
        let point = ProfilePoint(fields, body)
        guard let series = body.firstMatch(of: /series: \{from: (\d+), to: (\d+)\}/) else { return [point] }
        let (from, to) = (Int(series.1)!, Int(series.2)!)
        return (from...to).map { number in
            var one = point
            one.id = point.id.replacing("{n}", with: "\(number)")
            one.address += number - from
            return one
        }
    }

    private init(_ fields: [String: String], _ body: String) {
        let number = [fields["bit"], fields["length"]].compactMap(\.self).first.map { " \($0)" } ?? ""
        let type = fields["type", default: ""] + number
        let order: ByteSequence =
            switch (fields["word_order"], fields["byte_order"]) {
            case ("little", "little"): .DCBA
            case ("little", _): .CDAB
            case (_, "little"): .BADC
            default: .ABCD
            }
        let limits = body.firstMatch(of: /min: ([-.\d]+), max: ([-.\d]+)/)
        self.init(
            id: fields["id", default: ""], table: fields["table", default: ""],
            address: Int(fields["address", default: ""]) ?? -1, type: type, order: Self.significant(order, type),
            scale: Double(fields["scale", default: "1"])!, offset: Double(fields["offset", default: "0"])!,
            unit: fields["unit", default: ""], isWritable: fields["access", default: "read"] != "read",
            limits: limits.map { Double($0.1)!...Double($0.2)! })
    }

    /// Word order says nothing of one register, byte order nothing of a coil.
    private static func significant(_ order: ByteSequence, _ type: String) -> ByteSequence {
        if type == "bool" { return .ABCD }
        let single = ["i16", "u16", "bcd16"].contains(type) || type.hasPrefix("bit")
        guard single else { return order }
        return order == .BADC || order == .DCBA ? .BADC : .ABCD
    }

    private static func fields(_ body: String) -> [String: String] {
        var fields: [String: String] = [:]
        for match in body.matches(of: /([a-z_]+): (?:"([^"]*)"|([^,{}"]+))/) {
            let value = match.2 ?? match.3 ?? ""
            if fields[String(match.1)] == nil { fields[String(match.1)] = value.trimmingCharacters(in: .whitespaces) }
        }
        return fields
    }
}
