import FieldModel
import Testing

@testable import OperatorInput

/// What keys mean, without a terminal.
@Suite struct KeyboardStateTests {
    private struct Typist {
        var state = KeyboardState(axes: 4, hold: .milliseconds(700), repeatHold: .milliseconds(150))
        var now = Instant(nanoseconds: 1_000_000_000)

        mutating func type(_ keys: String, after wait: Int = 0) {
            now = now + .milliseconds(wait)
            state.take(keys.utf8, at: now)
        }

        mutating func sample(after wait: Int = 0) -> OperatorSample {
            now = now + .milliseconds(wait)
            state.lapse(at: now)
            return state.current()
        }
    }

    private static let rest = OperatorSample(axes: [0, 0, 0, 0])

    @Test func `space pressed once holds enable for the hold time`() {
        var typist = Typist()
        typist.type(" ")
        #expect(typist.sample(after: 700).enable)
        #expect(!typist.sample(after: 1).enable)
    }

    @Test func `space repeating holds enable, and its end releases it soon`() {
        var typist = Typist()
        typist.type(" ")
        typist.type(" ", after: 500)
        for _ in 0..<100 {
            typist.type(" ", after: 40)
            #expect(typist.sample().enable)
        }
        #expect(typist.sample(after: 150).enable)
        #expect(!typist.sample(after: 1).enable)
    }

    @Test func `a release puts all axes to rest`() {
        var typist = Typist()
        typist.type(" wwd")
        #expect(typist.sample().axes == [0.2, 0.1, 0, 0])
        #expect(typist.sample(after: 701) == Self.rest)
    }

    @Test func `axes move in tenths, each with its two keys, and stay within their ends`() {
        var typist = Typist()
        typist.type(" wwwdik")
        #expect(typist.sample().axes == [0.3, 0.1, 0, 0])
        typist.type("SSSSJ")
        #expect(typist.sample().axes == [-0.1, 0.1, 0, -0.1])
        typist.type(String(repeating: "w", count: 30) + String(repeating: "a", count: 30))
        #expect(typist.sample().axes == [1, -1, 0, -0.1])
    }

    @Test(arguments: ["x", "X", "0"])
    func `one key puts all axes to rest and leaves enable`(key: String) {
        var typist = Typist()
        typist.type(" wdil" + key)
        #expect(typist.sample() == OperatorSample(enable: true, axes: [0, 0, 0, 0]))
    }

    @Test func `axes do not move while enable is released`() {
        var typist = Typist()
        typist.type("wdil")
        #expect(typist.sample() == Self.rest)
    }

    @Test func `a machine with fewer axes ignores the keys of the others`() {
        var typist = Typist()
        typist.state = KeyboardState(axes: 1, hold: .milliseconds(700), repeatHold: .milliseconds(150))
        typist.type(" wdil")
        #expect(typist.sample().axes == [0.1])
    }

    @Test func `keys of axes carry enable on, since space does not repeat while they are down`() {
        var typist = Typist()
        typist.type(" ")
        typist.type(" ", after: 500)
        typist.type(" ", after: 40)
        typist.type("w", after: 40)
        #expect(typist.sample(after: 500).enable, "w has not begun to repeat")
        typist.type("w")
        typist.type("w", after: 40)
        #expect(typist.sample(after: 150).enable)
        #expect(!typist.sample(after: 1).enable, "a repetition holds no longer than one of space")
    }

    @Test func `a key of an axis that is tapped holds like a first press`() {
        var typist = Typist()
        typist.type(" ")
        typist.type("w", after: 100)
        typist.type("w", after: 200)
        #expect(typist.sample(after: 700).enable)
        #expect(!typist.sample(after: 1).enable)
    }

    @Test(arguments: ["\u{1b}", "\u{08}", "\u{7f}"])
    func `stop is counted and releases`(key: String) {
        var typist = Typist()
        typist.type(" w" + key)
        #expect(typist.sample() == OperatorSample(axes: [0, 0, 0, 0], stops: 1))
    }

    @Test func `an arrow key is a stop too, and its tail moves nothing`() {
        var typist = Typist()
        typist.type(" \u{1b}[A")
        typist.type(" ")
        #expect(typist.sample() == OperatorSample(enable: true, axes: [0, 0, 0, 0], stops: 1))
    }

    @Test func `acknowledgement, hand-over and the end are counted, and Control-C stops and ends`() {
        var typist = Typist()
        typist.type("\r\nhHq")
        #expect(typist.sample() == OperatorSample(axes: [0, 0, 0, 0], acknowledgements: 2, handOvers: 2, quits: 1))
        typist.type("\u{03}")
        #expect(
            typist.sample()
                == OperatorSample(axes: [0, 0, 0, 0], stops: 1, acknowledgements: 2, handOvers: 2, quits: 2))
    }

    @Test func `what was typed while the console slept enables nothing, but its stops count`() {
        var typist = Typist()
        typist.type(" ")
        typist.type("   ww\u{7f}  ", after: 5000)
        #expect(typist.sample() == OperatorSample(axes: [0, 0, 0, 0], stops: 1))
        typist.type(" ", after: 40)
        #expect(typist.sample().enable)
    }

    @Test func `keys that mean nothing do nothing`() {
        var typist = Typist()
        typist.type("1234567890-=[]\\;',./`~!@#$%^&*()zcvbnmertyuopfgé\u{0}\u{1}")
        #expect(typist.sample() == Self.rest)
    }
}
