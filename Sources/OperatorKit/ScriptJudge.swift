import FieldModel
import OperatorInput

/// Judges the expectations of a script by the states that come. A value; time is passed in.
///
/// Fields: `state` (ACTIVE), `reason` (no_fresh_frame), `v_cap` (0…1 of full speed), `axes NAME` and `read NAME` (−1…1,
/// as written to the machine and read back), `age` and `rtt` (milliseconds, as the gateway says them), `loss` (0…1),
/// `stop` (its number), `reject` (the last one's name, or none), and yes or no for `watchdog`, `estop`, `local`,
/// `standstill`, `neutral`, `offered`, `lost` (the machine can't be reached).
public struct ScriptJudge: Sendable {
    public static let fields = [
        "state", "reason", "v_cap", "axes NAME", "read NAME", "age", "rtt", "loss", "stop", "reject", "watchdog",
        "estop", "local", "standstill", "neutral", "offered", "lost",
    ]

    private let file: String
    private let axes: [String]
    private var open: [AxisScript.Expectation]
    /// When the script is over.
    public let length: Duration
    /// What did not come true, a line each: `drive.script:7: expected …, saw …`.
    public private(set) var failures: [String] = []
    public private(set) var passed = 0
    /// The state that was last expected, and came true.
    public private(set) var lastState: String?

    public init(_ script: AxisScript, file: String, axes: [String]) {
        (self.file, self.axes, open, length) = (file, axes, script.expectations, script.length)
    }

    public var isDone: Bool { open.isEmpty }

    /// The expectations whose field this judge does not know: to be told before anything moves.
    public var unknown: [String] {
        open.filter { value($0.field, of: StateFrame()) == nil }.map {
            "\(file):\($0.line): there is no field '\($0.field)'; write one of \(Self.fields.joined(separator: ", "))"
        }
    }

    /// Looks at the newest state, `elapsed` after the script's start.
    public mutating func look(at state: StateFrame?, elapsed: Duration) {
        var left: [AxisScript.Expectation] = []
        for expectation in open {
            guard expectation.time <= elapsed else {
                left.append(expectation)
                continue
            }
            let seen = state.flatMap { value(expectation.field, of: $0) }
            if let seen, expectation.comparison.holds(seen, expectation.value) {
                passed += 1
                if expectation.field == "state", expectation.comparison == .equal { lastState = expectation.value }
            } else if let within = expectation.within, elapsed < expectation.time + within {
                left.append(expectation)
            } else {
                fail(expectation, seen, hint(expectation, state))
            }
        }
        open = left
    }

    /// The session is over: what was still to be seen will not be.
    public mutating func end(_ state: StateFrame?, why: String) {
        for expectation in open { fail(expectation, state.flatMap { value(expectation.field, of: $0) }, why) }
        open = []
    }

    /// The commonest mistake: an axis out of rest before enable was held long enough.
    private func hint(_ expectation: AxisScript.Expectation, _ state: StateFrame?) -> String? {
        guard expectation.field == "state", expectation.value == SessionPhase.active.name, state?.phase == .armed,
            state?.lastReject == .notEnabled
        else { return nil }
        return "NOT_ENABLED: axes to rest, release enable, press it again"
    }

    private mutating func fail(_ expectation: AxisScript.Expectation, _ seen: String?, _ why: String? = nil) {
        let within = expectation.within.map { " within \($0.wholeMilliseconds)ms" } ?? ""
        failures.append(
            "\(file):\(expectation.line): expected \(expectation.field) \(expectation.comparison.rawValue) "
                + "\(expectation.value)\(within) at \(expectation.time.wholeMilliseconds)ms, saw \(seen ?? "no state")"
                + (why.map { "; \($0)" } ?? ""))
    }

    private func value(_ field: String, of state: StateFrame) -> String? {
        func flag(_ flag: StateFrame.Flags) -> String { state.flags.contains(flag) ? "yes" : "no" }
        switch field {
        case "state": return state.phase.name
        case "reason": return state.cause.name
        case "v_cap": return Self.text(Double(state.speedCap) / 1000)
        case "age":
            return state.age == StateFrame.unknownAge ? "unknown" : Self.text(Double(state.age) / 1000)
        case "rtt": return Self.text(Double(state.roundTripMedian) / 1000)
        case "loss": return Self.text(Double(state.loss) / 1000)
        case "stop": return "\(state.stopNumber)"
        case "reject": return state.lastReject?.name ?? "none"
        case "watchdog": return flag(.watchdogOK)
        case "estop": return flag(.emergencyStop)
        case "local": return flag(.localOperator)
        case "standstill": return flag(.standstill)
        case "neutral": return flag(.neutral)
        case "offered": return flag(.offered)
        case "lost": return flag(.deviceLost)
        default: return axis(field, of: state)
        }
    }

    private func axis(_ field: String, of state: StateFrame) -> String? {
        let words = field.split(separator: " ", maxSplits: 1)
        guard words.count == 2, let place = axes.prefix(8).firstIndex(of: String(words[1])) else { return nil }
        switch words[0] {
        case "axes": return Self.text(Double(state.written[place]) / 1000)
        case "read": return Self.text(Double(state.readBack[place]) / 1000)
        default: return nil
        }
    }

    private static func text(_ value: Double) -> String { "\(value)" }
}

extension AxisScript.Comparison {
    /// Numbers as numbers, all else as text. What is no number is neither less nor more than another.
    func holds(_ seen: String, _ wanted: String) -> Bool {
        let numbers = Double(seen).flatMap { seen in Double(wanted).map { (seen, $0) } }
        switch self {
        case .equal: return numbers.map { $0.0 == $0.1 } ?? (seen == wanted)
        case .notEqual: return numbers.map { $0.0 != $0.1 } ?? (seen != wanted)
        case .less: return numbers.map { $0.0 < $0.1 } ?? false
        case .atMost: return numbers.map { $0.0 <= $0.1 } ?? false
        case .greater: return numbers.map { $0.0 > $0.1 } ?? false
        case .atLeast: return numbers.map { $0.0 >= $0.1 } ?? false
        }
    }
}
