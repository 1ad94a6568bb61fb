import ArgumentParser
import ControlWire
import FieldModel
import OperatorInput
import OperatorKit
import Platform

/// A drive from the confirmation to the end: shows it, and judges the script.
struct Drive {
    /// A script begins within this after the grant, or never.
    private static let patience = Duration.seconds(20)

    private let sitting: ConsoleSitting
    private let nameplate: Nameplate
    private let choice: InputChoice
    private let judges: Monitor<ScriptJudge?>
    private let json: Bool
    private let time = SystemTime(source: .system)
    private var judge: ScriptJudge?
    private var state: StateFrame?
    private var transport = ConsoleTransport.broker
    private var told: StateFrame?
    private var started: Instant?
    private var granted: Instant?
    private var shown: Instant
    private var isLeaving = false

    init(
        _ sitting: ConsoleSitting, _ nameplate: Nameplate, choice: InputChoice, judges: Monitor<ScriptJudge?>,
        json: Bool
    ) {
        (self.sitting, self.nameplate, self.choice, self.judges, self.json) = (sitting, nameplate, choice, judges, json)
        shown = SystemTime(source: .system).now()
    }

    /// The code to exit with, nil for 0.
    mutating func run() throws -> ExitCode? {
        while true {
            for event in try sitting.events(within: .milliseconds(10)) {
                if let end = take(event) { return finish(end) }
            }
            let now = time.now()
            judgeScript(at: now)
            show(at: now)
        }
    }

    private mutating func take(_ event: ConsoleEvent) -> ConsoleEvent? {
        let now = time.now()
        switch event {
        case .state(let frame, let by):
            (state, transport) = (frame, by)
            judgeScript(at: now)
            tellChange(frame)
        case .inputStarted: started = now
        case .granted: granted = now
        case .waiting: if !json { Terminal.say("waiting until the machine stands still") }
        case .brokerLost(let reason): Terminal.complain("the broker has gone: \(reason); dialling again")
        case .inputLost(let reason): Terminal.complain("input: \(reason)")
        default: break
        }
        if json, let line = Report.event(event) { Terminal.say(line) }
        return event.isLast ? event : nil
    }

    private mutating func judgeScript(at now: Instant) {
        guard choice.kind == .script else { return }
        judge = judge ?? judges.withLock { $0 }
        if let started {
            judge?.look(at: state, elapsed: started.duration(to: now))
            guard judge?.isDone ?? false, !isLeaving, scriptIsOver(at: now) else { return }
        } else {
            guard let granted, granted.duration(to: now) > Self.patience, !isLeaving else { return }
            judge?.end(state, why: "the script never began: the machine was not armed within 20 s")
        }
        isLeaving = true
        sitting.console.leave()
    }

    private func scriptIsOver(at now: Instant) -> Bool {
        guard let length = judges.withLock({ $0 })?.length, let started else { return false }
        return started.duration(to: now) >= length
    }

    private mutating func finish(_ end: ConsoleEvent) -> ExitCode? {
        let code = sitting.complain(end, asLost: Exit.lost)
        guard choice.kind == .script, var judge else { return code }
        // Nothing of the script was ever tried: the refusal is the answer.
        if case .refused = end { return code }
        let now = time.now()
        if case .ended(let phase, let cause, _) = end {
            state?.phase = phase
            state?.cause = cause
        }
        if let started { judge.look(at: state, elapsed: started.duration(to: now)) }
        judge.end(state, why: "the session was over")
        for failure in judge.failures { Terminal.complain(failure) }
        if !json { Terminal.say("\(judge.passed) expectations came true, \(judge.failures.count) did not") }
        guard judge.failures.isEmpty else { return Exit.expectation }
        // A script that expected this end, and saw it, has what it wanted.
        if case .ended(let phase, _, _) = end, judge.lastState == phase.name { return nil }
        return code
    }

    // MARK: Showing

    private mutating func tellChange(_ frame: StateFrame) {
        let isNews =
            told?.phase != frame.phase || told?.cause != frame.cause || told?.stopNumber != frame.stopNumber
            || told?.flags.symmetricDifference(frame.flags).isEmpty == false
        guard isNews else { return }
        told = frame
        if json {
            Terminal.say(Report.state(frame, by: transport, sitting.console.statistics, nameplate))
        } else if !Terminal.isInteractive {
            Terminal.say(Report.line(frame, by: transport, sitting.console.statistics, nameplate))
        }
    }

    private mutating func show(at now: Instant) {
        guard !json, Terminal.isInteractive, let state, shown.duration(to: now) >= .milliseconds(200) else { return }
        shown = now
        Terminal.page(Report.page(state, by: transport, sitting.console.statistics, nameplate))
    }
}
