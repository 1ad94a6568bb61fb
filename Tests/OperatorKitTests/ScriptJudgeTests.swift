import FieldModel
import OperatorInput
import OperatorKit
import Testing

@Suite("The judge of a script")
struct ScriptJudgeTests {
    static func judge(_ text: String) throws -> ScriptJudge {
        let script = try AxisScript(text: text, file: "a.script", names: ScriptNames(axes: ["travel", "lift"]))
        return ScriptJudge(script, file: "a.script", axes: ["travel", "lift"])
    }

    static func state(_ phase: SessionPhase) -> StateFrame {
        var state = StateFrame()
        (state.phase, state.cause, state.speedCap, state.age, state.stopNumber) = (phase, .late, 250, 40_500, 2)
        (state.written[1], state.readBack[0]) = (-300, 100)
        state.flags = [.watchdogOK]
        return state
    }

    @Test(
        "knows every field",
        arguments: [
            "state = ACTIVE", "state != ARMED", "reason = late", "v_cap = 0.25", "axes lift = -0.3",
            "read travel <= 0.1",
            "age < 41", "rtt >= 0", "loss = 0", "stop = 2", "reject = none", "watchdog = yes", "estop = no",
            "local != yes", "standstill = no", "neutral = no", "offered = no", "lost = no",
        ])
    func fields(_ text: String) throws {
        var judge = try Self.judge("0s expect \(text)")
        #expect(judge.unknown.isEmpty)
        judge.look(at: Self.state(.active), elapsed: .zero)
        #expect(judge.failures.isEmpty && judge.passed == 1 && judge.isDone)
    }

    @Test("Without a while, what is so at the time counts; the failure names line, wish and sight")
    func atOnce() throws {
        var judge = try Self.judge("\n100ms expect state = ACTIVE")
        judge.look(at: Self.state(.active), elapsed: .milliseconds(99))
        #expect(!judge.isDone)
        judge.look(at: Self.state(.safeStop), elapsed: .milliseconds(110))
        #expect(judge.failures == ["a.script:2: expected state = ACTIVE at 100ms, saw SAFE_STOP"])
    }

    @Test("An axis out of rest before enable was held is named as what keeps the machine ARMED")
    func notEnabled() throws {
        var judge = try Self.judge("0s expect state = ACTIVE")
        var state = Self.state(.armed)
        state.lastReject = .notEnabled
        judge.look(at: state, elapsed: .zero)
        #expect(
            judge.failures.first?.hasSuffix("saw ARMED; NOT_ENABLED: axes to rest, release enable, press it again")
                == true)
    }

    @Test("Within a while, once is enough, and the end of it fails")
    func within() throws {
        var judge = try Self.judge("0s expect state = ACTIVE within 200ms\n0s expect axes lift > 0 within 100ms")
        judge.look(at: nil, elapsed: .milliseconds(10))
        judge.look(at: Self.state(.armed), elapsed: .milliseconds(99))
        #expect(judge.failures.isEmpty)
        judge.look(at: Self.state(.armed), elapsed: .milliseconds(100))
        #expect(judge.failures == ["a.script:2: expected axes lift > 0 within 100ms at 0ms, saw -0.3"])
        judge.look(at: Self.state(.active), elapsed: .milliseconds(199))
        #expect(judge.passed == 1 && judge.isDone)
    }

    @Test("What the session's end left open has failed, and an unknown field is known before")
    func ends() throws {
        var judge = try Self.judge("0s enable on\n9s expect state = ACTIVE")
        judge.end(nil, why: "the session was over")
        #expect(
            judge.failures == ["a.script:2: expected state = ACTIVE at 9000ms, saw no state; the session was over"])
        let unknown = try Self.judge("0s expect colour = red\n0s expect axes boom = 1").unknown
        #expect(
            unknown.count == 2 && unknown[0].hasPrefix("a.script:1: there is no field 'colour'; write one of state"))
    }
}
