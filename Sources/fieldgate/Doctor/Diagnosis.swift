import FieldModel
import JSONText

/// What the doctor found of one part, and what to do about it.
struct Diagnosis: Sendable {
    enum Level: String, Sendable {
        case good, warning, bad
        /// Not looked at, because something before it has to be mended first.
        case skipped
    }

    /// `broker`, `bus lan`, `path a`, …
    var part: String
    var level: Level
    var finding: String
    /// Nil where there is nothing to do.
    var remedy: String?

    static func good(_ part: String, _ finding: String) -> Diagnosis {
        Diagnosis(part: part, level: .good, finding: finding, remedy: nil)
    }

    static func warning(_ part: String, _ finding: String, _ remedy: String) -> Diagnosis {
        Diagnosis(part: part, level: .warning, finding: finding, remedy: remedy)
    }

    static func bad(_ part: String, _ finding: String, _ remedy: String) -> Diagnosis {
        Diagnosis(part: part, level: .bad, finding: finding, remedy: remedy)
    }

    static func skipped(_ part: String, _ reason: String) -> Diagnosis {
        Diagnosis(part: part, level: .skipped, finding: reason, remedy: nil)
    }

    func text(colour: Bool) -> String {
        let (mark, code) =
            switch level {
            case .good: ("✔", 32)
            case .warning: ("!", 33)
            case .bad: ("✖", 31)
            case .skipped: ("-", 90)
            }
        let sign = colour ? "\u{1B}[\(code)m\(mark)\u{1B}[0m" : mark
        let gap = String(repeating: " ", count: max(1, 18 - part.count))
        return "\(sign) \(part)\(gap)\(finding)"
            + (remedy.map { "\n" + String(repeating: " ", count: 20) + "→ \($0)" } ?? "")
    }

    func write(to json: inout JSONWriter) {
        json.raw("{\"part\":")
        json.string(part)
        json.member("verdict", .text(level.rawValue))
        json.member("finding", .text(finding))
        if let remedy { json.member("remedy", .text(remedy)) }
        json.raw("}")
    }
}
