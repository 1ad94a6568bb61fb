import FieldModel
import PeerTesting
import Testing

@testable import OperatorInput

@Suite struct InputReplayTests {
    private let folder: TemporaryFolder
    private let path: String
    private let start = Instant(nanoseconds: 5_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("recording")
    }

    /// One sample each 100 ms.
    private func record(_ samples: [OperatorSample]) throws {
        let recorder = try RecordedInput(path: path)
        for (place, sample) in samples.enumerated() {
            try recorder.record(sample, at: start + .milliseconds(100 * place))
        }
    }

    @Test func `a recording runs from its start at its own speed, and its end releases and is a fault`() throws {
        try record([
            OperatorSample(axes: [0, 0, 0, 0]),
            OperatorSample(enable: true, axes: [0, 0, 0, 0]),
            OperatorSample(enable: true, axes: [1, 0, 0, 0], stops: 1),
            OperatorSample(enable: true, axes: [1, 0, 0, 0], stops: 1),
        ])
        let replay = try InputReplay(path: path)
        let later = start + .seconds(1000)
        #expect(replay.sample(at: later) == OperatorSample(axes: [0, 0, 0, 0]), "not started")
        replay.start(at: later)
        #expect(!replay.sample(at: later + .milliseconds(99)).enable)
        #expect(replay.sample(at: later + .milliseconds(199)) == OperatorSample(enable: true, axes: [0, 0, 0, 0]))
        #expect(
            replay.sample(at: later + .milliseconds(299)) == OperatorSample(enable: true, axes: [1, 0, 0, 0], stops: 1))
        #expect(replay.fault == nil)
        #expect(replay.sample(at: later + .milliseconds(300)) == OperatorSample(axes: [0, 0, 0, 0], stops: 1))
        #expect(replay.fault == "\(path) is at its end")
    }

    @Test func `a gap in a recording releases, however seldom it is asked`() throws {
        let recorder = try RecordedInput(path: path)
        try recorder.record(OperatorSample(enable: true, axes: [1, 0, 0, 0]), at: start)
        try recorder.record(OperatorSample(enable: true, axes: [1, 0, 0, 0]), at: start + .seconds(3))
        try recorder.record(OperatorSample(enable: true, axes: [1, 0, 0, 0]), at: start + .seconds(4))
        let replay = try InputReplay(path: path)
        replay.start(at: start)
        #expect(replay.sample(at: start).enable)
        #expect(!replay.sample(at: start + .milliseconds(3500)).enable)
        #expect(replay.fault == nil)
    }

    @Test func `what is no recording is refused`() throws {
        try folder.write("0s enable on", to: "recording")
        let wrong = #expect(throws: InputFault.self) { try InputReplay(path: path) }
        #expect(wrong?.description.contains("is no recording") == true)
        let absent = #expect(throws: InputFault.self) { try InputReplay(path: folder.path("absent")) }
        #expect(absent?.description.contains("cannot be read") == true)
    }
}
