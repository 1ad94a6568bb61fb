import FieldModel
import PeerTesting
import Testing

@testable import OperatorInput

@Suite struct AxisScriptTests {
    static let names = ScriptNames(axes: ["drive", "steer", "lift"], buttons: ["horn", "light"])

    private static let drive = """
        # A drive, a stop, and the way back.
        0s      enable on
        +400ms  axis drive from 0 to 0.5 over 1s   # until 1.4 s
        400ms   expect state = ACTIVE within 500ms
        +2.1s   axis drive -0.25
        +0s     button horn on

        3s      stop
        +500ms  acknowledge
        4s      hand-over
        +0s     button 5 on
        +0s     axis steer from -1 to 1 over 2s
        5s      expect axes drive <= 0.01
        +0s     expect reason != operator stopped it within 1.5s
        +1s     quit
        7s      end
        """

    private func script(_ text: String) throws -> AxisScript {
        try AxisScript(text: text, file: "drive.script", names: Self.names)
    }

    @Test func `a sample is what the lines up to its time say`() throws {
        let script = try script(Self.drive)
        #expect(script.sample(at: .milliseconds(-1)) == OperatorSample(axes: [0, 0, 0]))
        #expect(script.sample(at: .zero) == OperatorSample(enable: true, axes: [0, 0, 0]))
        #expect(script.sample(at: .milliseconds(900)) == OperatorSample(enable: true, axes: [0.25, 0, 0]))
        #expect(script.sample(at: .milliseconds(1400)) == OperatorSample(enable: true, axes: [0.5, 0, 0]))
        #expect(script.sample(at: .milliseconds(2499)) == OperatorSample(enable: true, axes: [0.5, 0, 0]))
        #expect(
            script.sample(at: .milliseconds(2500)) == OperatorSample(enable: true, axes: [-0.25, 0, 0], buttons: 1))
        #expect(
            script.sample(at: .seconds(5))
                == OperatorSample(
                    enable: true, axes: [-0.25, 0, 0], buttons: 0b100001, stops: 1, acknowledgements: 1, handOvers: 1))
        #expect(script.sample(at: .milliseconds(6999)).quits == 1)
    }

    @Test func `from its end on a script releases everything and keeps its counts`() throws {
        let script = try script(Self.drive)
        #expect(script.end == .seconds(7))
        #expect(script.length == .seconds(7))
        for time in [Duration.seconds(7), .seconds(100_000)] {
            #expect(
                script.sample(at: time)
                    == OperatorSample(axes: [0, 0, 0], stops: 1, acknowledgements: 1, handOvers: 1, quits: 1))
        }
    }

    @Test func `the same time gives the same sample, in any order of asking`() throws {
        let script = try script(Self.drive)
        let times = (0..<800).map { Duration.milliseconds($0 * 10) }
        let forwards = times.map(script.sample)
        let backwards = times.reversed().map(script.sample)
        #expect(forwards == backwards.reversed())
    }

    @Test func `expectations are kept as they are written, with time and line`() throws {
        let expectations = try script(Self.drive).expectations
        #expect(
            expectations == [
                .init(
                    time: .milliseconds(400), field: "state", comparison: .equal, value: "ACTIVE",
                    within: .milliseconds(500), line: 4),
                .init(time: .seconds(5), field: "axes drive", comparison: .atMost, value: "0.01", line: 13),
                .init(
                    time: .seconds(5), field: "reason", comparison: .notEqual, value: "operator stopped it",
                    within: .milliseconds(1500), line: 14),
            ])
    }

    @Test func `a later line takes an axis over from a ramp`() throws {
        let script = try script("0s axis lift from 0 to 1 over 10s\n5s axis lift 0.1")
        #expect(script.sample(at: .milliseconds(4990)).axes[2] > 0.49)
        #expect(script.sample(at: .seconds(6)).axes[2] == 0.1)
        #expect(script.length == .seconds(10))
    }

    @Test func `lines may end as they do elsewhere, and blanks may be tabs`() throws {
        let script = try script("0s\tenable on\r\n+20us\t\tstop\r\n1m end\r\n")
        #expect(script.steps.map(\.time) == [.zero, .microseconds(20)])
        #expect(script.end == .seconds(60))
    }

    @Test func `a script as a device runs from its start`() throws {
        let input = ScriptedInput(script: try script(Self.drive))
        let start = Instant(nanoseconds: 9_000_000_000)
        #expect(input.sample(at: start + .seconds(1)) == OperatorSample(axes: [0, 0, 0]))
        input.start(at: start)
        #expect(input.sample(at: start + .milliseconds(900)).axes[0] == 0.25)
        #expect(input.elapsed(at: start + .seconds(2)) == .seconds(2))
    }

    @Test func `a file is read, and one that cannot be is told`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.drive, to: "drive.script")
        #expect(try AxisScript(path: path, names: Self.names) == script(Self.drive))
        let absent = #expect(throws: ScriptProblems.self) {
            try AxisScript(path: folder.path("absent"), names: Self.names)
        }
        #expect(absent?.description.contains("it cannot be read: No such file") == true)
    }
}
