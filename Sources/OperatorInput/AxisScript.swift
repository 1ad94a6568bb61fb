import FieldModel

/// What an operator shall do, written down: one step a line, with its time (see `ScriptReader` for the form).
public struct AxisScript: Hashable, Sendable {
    /// In order of time.
    public var steps: [Step]
    /// In order of time; whoever runs the script judges them.
    public var expectations: [Expectation]
    /// How many axes a sample has.
    public var axes: Int
    /// When the script says that it is over.
    public var end: Duration?

    public struct Step: Hashable, Sendable {
        /// Since the script's start.
        public var time: Duration
        public var action: Action
    }

    public enum Action: Hashable, Sendable {
        case enable(Bool)
        /// Straight from one position to another; `over` zero is a jump.
        case axis(Int, from: Double, to: Double, over: Duration)
        case button(Int, Bool)
        case stop
        case acknowledge
        case handOver
        case quit
    }

    /// What shall be true at a time, or become true within a while from it.
    public struct Expectation: Hashable, Sendable {
        public var time: Duration
        /// `state`, `v_cap`, `axes lift`: as written.
        public var field: String
        public var comparison: Comparison
        /// As written.
        public var value: String
        public var within: Duration?
        /// Where it stands, counted from 1.
        public var line: Int
    }

    public enum Comparison: String, Hashable, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case atMost = "<="
        case greater = ">"
        case atLeast = ">="
    }

    /// The end, or the time when the last thing has happened.
    public var length: Duration {
        if let end { return end }
        let steps = steps.map { step in
            if case .axis(_, _, _, let over) = step.action { step.time + over } else { step.time }
        }
        return (steps + expectations.map { $0.time + ($0.within ?? .zero) }).max() ?? .zero
    }

    /// What the operator asks for, so long after the start. Before it and from the end on, enable is released, axes rest.
    public func sample(at elapsed: Duration) -> OperatorSample {
        var sample = OperatorSample(axes: [Double](repeating: 0, count: axes))
        for step in steps {
            guard step.time <= elapsed else { break }
            step.apply(to: &sample, at: elapsed)
        }
        return end.map { $0 <= elapsed } ?? false ? sample.released : sample
    }
}

extension AxisScript.Step {
    func apply(to sample: inout OperatorSample, at elapsed: Duration) {
        switch action {
        case .enable(let held): sample.enable = held
        case .axis(let place, let from, let to, let over):
            let part = over > .zero ? min(1, (elapsed - time) / over) : 1
            sample.axes[place] = part < 1 ? from + (to - from) * part : to
        case .button(let number, let held):
            let bit = UInt32(1) << UInt32(number)
            sample.buttons = held ? sample.buttons | bit : sample.buttons & ~bit
        case .stop: sample.stops += 1
        case .acknowledge: sample.acknowledgements += 1
        case .handOver: sample.handOvers += 1
        case .quit: sample.quits += 1
        }
    }
}

/// A script as a device: it runs from `start` on.
public final class ScriptedInput: OperatorInputDevice {
    public let script: AxisScript
    private var started: Instant?

    public init(script: AxisScript) {
        self.script = script
    }

    /// The script's time zero. Until then nothing is asked for.
    public func start(at now: Instant) { started = now }

    /// How much of the script has run; nil before its start.
    public func elapsed(at now: Instant) -> Duration? { started?.duration(to: now) }

    public func sample(at now: Instant) -> OperatorSample {
        guard let elapsed = elapsed(at: now) else {
            return OperatorSample(axes: [Double](repeating: 0, count: script.axes))
        }
        return script.sample(at: elapsed)
    }

    public var fault: String? { nil }
    public var descriptor: Int32 { -1 }
    public var interest: EventInterest { [] }
    public func ready(_ events: EventInterest, at now: Instant) {}
}
