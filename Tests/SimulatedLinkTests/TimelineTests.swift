import SimulatedLink
import SimulatorKit
import Testing

@Suite("A timeline")
struct TimelineTests {
    @Test("Steps are read with all they set, and put in order of time")
    func reads() throws {
        let text = """
            - {at: 90s, path: a, set: {outage: 3s}}
            - at: 30s
              path: a
              set: {profile: 5g-edge, up_rate: 12M}
            - {at: 30s, path: b, capacity: {seed: 7, min: 6M, max: 20M, every: 500ms}}
            - {at: 2m, path: b, set: {dead: on, session: down, handover: now}}
            """
        let steps = try TimelineReader.read(text, file: "t.yaml").steps
        #expect(steps.map(\.at) == [30 * second, 30 * second, 90 * second, 120 * second])
        #expect(steps.map(\.path) == [.a, .b, .a, .b])
        #expect(try steps[0].changes == [LinkChange("profile", "5g-edge"), LinkChange("up_rate", "12M")])
        #expect(
            steps[1].changes == [
                .capacity(CapacityWalk.Plan(seed: 7, lowest: 6_000_000, highest: 20_000_000, every: 500 * millisecond))
            ])
        #expect(steps[2].changes == [.outage(3 * second)])
        #expect(steps[3].changes == [.dead(true), .session(false), .handover(nil)])
    }

    @Test(
        "A mistake is named with file, line, field and what is accepted",
        arguments: [
            ("", "t.yaml: empty"),
            ("path: a", "t.yaml:1: this is no list"),
            ("- hello", "t.yaml:1: this is no step"),
            ("- {path: a, set: {dead: on}}", "t.yaml:1: the field 'at' is missing"),
            ("- {at: 30s, set: {dead: on}}", "t.yaml:1: the field 'path' is missing"),
            ("- {at: 30, path: a, set: {dead: on}}", "t.yaml:1: at: '30' is not a duration; accepted"),
            ("- {at: 30s, path: c, set: {dead: on}}", "t.yaml:1: path: 'c'; accepted: a, b"),
            ("- {at: 30s, path: a}", "t.yaml:1: nothing happens here; accepted: set, capacity"),
            ("- {at: 30s, path: a, sets: {dead: on}}", "t.yaml:1: no field 'sets'; accepted: at, path, set, capacity"),
            (
                "- {at: 1s, path: a, set: {dead: on}}\n- {at: 2s, path: a, set: {loss: much}}",
                "t.yaml:2: set: loss: 'much' is not a share; accepted"
            ),
            ("- {at: 1s, path: a, set: 5}", "t.yaml:1: set: accepted is"),
            ("- {at: 1s, path: a, capacity: {min: 1M}}", "t.yaml:1: capacity: min, max and every are needed"),
            ("- {at: 1s, path: a, capacity: {speed: 1M}}", "t.yaml:1: capacity: no member 'speed'; accepted"),
            ("- {at: 1s, path: a", "t.yaml:"),
        ])
    func mistakes(_ text: String, _ words: String) throws {
        let fault = try #require(throws: ControlFault.self) { try TimelineReader.read(text, file: "t.yaml") }
        #expect(fault.description.hasPrefix(words), "\(fault)")
    }
}
