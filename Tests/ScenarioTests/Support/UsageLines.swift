import Foundation

/// Usage records as anybody may read them: lines of JSON.
struct UsageLines {
    struct Line {
        let members: [String: Any]

        subscript(name: String) -> String { members[name] as? String ?? "" }
        func number(_ name: String) -> Int { members[name] as? Int ?? 0 }
        var kind: String { self["type"] }
        var up: Int { number("d_up") }
        var down: Int { number("d_dn") }
        var isEstimated: Bool { members["estimated"] as? Bool ?? false }
        var notes: [String: String] { members["notes"] as? [String: String] ?? [:] }
        /// A connection's traffic, and not what no connection explains.
        var hasConnection: Bool { members["ct_id"] != nil }
    }

    let all: [Line]

    init(files: [String]) throws {
        all = try files.flatMap { file in
            try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map { try object(String($0)) }
        }
        .filter { $0["trailer"] == nil }.map(Line.init)
    }

    init(_ lines: [Line]) { all = lines }

    var withVolume: [Line] { all.filter { $0.members["d_up"] != nil } }
    var up: Int { withVolume.reduce(0) { $0 + $1.up } }
    var down: Int { withVolume.reduce(0) { $0 + $1.down } }
    var looseUp: Int { withVolume.filter { !$0.hasConnection }.reduce(0) { $0 + $1.up } }
    /// What shaper classes are still owed: counted by connections, thrown away by the shaper, and not taken off them yet.
    /// The newest record of each class says so, for whoever goes on from there.
    var owed: Int {
        var newest: [Int: Int] = [:]
        for line in of("unattributed") where line.number("class") != 0 {
            guard let base = line.notes["base_up"] else { continue }
            newest[line.number("class")] = base.split(separator: " ").compactMap { Int($0) }.last
        }
        return newest.values.reduce(0, +)
    }
    var messages: Int { all.reduce(0) { $0 + $1.number("msgs") } }
    var last: Int { all.last?.number("seq") ?? 0 }
    func of(_ kind: String) -> [Line] { all.filter { $0.kind == kind } }

    /// The months, in UTC, that its traffic began in.
    var months: [String] {
        let format = Date.ISO8601FormatStyle().year().month()
        return Set(withVolume.map { Date(timeIntervalSince1970: Double($0.number("t_open")) / 1e6).formatted(format) })
            .sorted()
    }
}
