import CSystem
import FieldGateTesting
import FieldModel
import PeerTesting
import Platform
import Testing

@testable import OperatorInput

/// A joystick on a FIFO: real descriptors, recorded streams.
@Suite struct JoystickTests {
    private let folder: TemporaryFolder
    private let path: String
    private let map = JoystickMap.gamepad
    private let start = Instant(nanoseconds: 5_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("joystick")
        try #require(mkfifo(path, 0o600) == 0)
    }

    @Test func `a FIFO that nobody writes to yet is a still device`() throws {
        let joystick = try Joystick(path: path)
        #expect(joystick.sample(at: start) == OperatorSample(axes: [0, 0, 0, 0]))
        #expect(joystick.fault == nil)
        #expect(joystick.descriptor >= 0)
    }

    @Test func `a recorded stream is read as it was meant`() throws {
        let joystick = try Joystick(path: path)
        let writer = try RecordedInput(path: path)
        try writer.write([.key(map.enable, true), .report])
        #expect(joystick.sample(at: start).enable)
        try writer.write([.axis(1, -32768), .axis(3, 32767), .report, .key(map.stop, true), .report])
        #expect(joystick.sample(at: start) == OperatorSample(enable: true, axes: [1, 0, 0, 1], stops: 1))
    }

    @Test func `records that come in pieces count when they are whole`() throws {
        let joystick = try Joystick(path: path)
        let writer = try RecordedInput(path: path)
        let bytes = [InputRecord.key(map.enable, true), .axis(0, 32767), .report].flatMap(\.bytes)
        for byte in bytes.dropLast() {
            try writer.write([byte])
            #expect(joystick.sample(at: start) == OperatorSample(axes: [0, 0, 0, 0]))
        }
        try writer.write([bytes[bytes.count - 1]])
        #expect(joystick.sample(at: start) == OperatorSample(enable: true, axes: [0, 1, 0, 0]))
    }

    @Test func `the writer's end is a fault that releases everything, also in the middle of a record`() throws {
        let joystick = try Joystick(path: path)
        var writer: RecordedInput? = try RecordedInput(path: path)
        try writer?.write([.key(map.enable, true), .axis(1, -32768), .key(map.stop, true), .report])
        #expect(joystick.sample(at: start).enable)
        try writer?.write([1, 2, 3])
        writer = nil
        #expect(joystick.sample(at: start) == OperatorSample(axes: [0, 0, 0, 0], stops: 1))
        #expect(joystick.fault?.contains("\(path) is at its end") == true)
        #expect(joystick.descriptor == -1)
        // The next writer finds no device that comes to life by itself.
        let next = try RecordedInput(path: path)
        try next.write([.key(map.enable, true), .report])
        #expect(!joystick.sample(at: start).enable)
    }

    @Test func `what was written before the end counts`() throws {
        let joystick = try Joystick(path: path)
        var writer: RecordedInput? = try RecordedInput(path: path)
        try writer?.write([.key(map.enable, true), .key(map.stop, true), .report])
        writer = nil
        #expect(joystick.sample(at: start) == OperatorSample(axes: [0, 0, 0, 0], stops: 1))
    }

    @Test func `a writer that freezes is released after the limit`() throws {
        let joystick = try Joystick(path: path)
        let writer = try RecordedInput(path: path)
        try writer.write([.key(map.enable, true), .axis(1, -32768), .report])
        #expect(joystick.sample(at: start).enable)
        #expect(joystick.sample(at: start + .seconds(1)).enable)
        #expect(joystick.sample(at: start + .milliseconds(1001)) == OperatorSample(axes: [0, 0, 0, 0]))
        #expect(joystick.fault == nil, "it may come back")
        try writer.write([.axis(1, -32768), .report])
        #expect(joystick.sample(at: start + .seconds(2)) == OperatorSample(axes: [1, 0, 0, 0]))
    }

    @Test func `lost records release enable until it is seen released and pressed`() throws {
        let joystick = try Joystick(path: path)
        let writer = try RecordedInput(path: path)
        try writer.write([.key(map.enable, true), .report, .dropped, .key(map.stop, true), .report])
        #expect(joystick.sample(at: start) == OperatorSample(axes: [0, 0, 0, 0]))
        try writer.write([.key(map.enable, true), .report])
        #expect(!joystick.sample(at: start).enable)
        try writer.write([.key(map.enable, false), .report, .key(map.enable, true), .report])
        #expect(joystick.sample(at: start).enable)
    }

    @Test func `noise instead of records brings no enable and no fault`() throws {
        let joystick = try Joystick(path: path)
        let writer = try RecordedInput(path: path)
        var random = SeededRandom(seed: 4)
        for _ in 0..<500 {
            // Bytes at random, but never the key code of enable.
            let records = (0..<50).map { _ in
                InputRecord(
                    type: .random(in: 0...9, using: &random), code: .random(in: 0...0x12f, using: &random),
                    value: .random(in: .min ... .max, using: &random))
            }
            try writer.write(records)
            let sample = joystick.sample(at: start)
            #expect(!sample.enable)
            #expect(sample.axes.allSatisfy { (-1...1).contains($0) })
        }
        #expect(joystick.fault == nil)
    }

    @Test func `on a loop, what is written is there without being asked for`() throws {
        let time = SystemTime(source: .system)
        let loop = try EventLoop(time: time)
        let joystick = try Joystick(path: path)
        loop.add(joystick)
        let writer = try RecordedInput(path: path)
        try writer.write([.key(map.quit, true), .report])
        let watch = ReadyCount(joystick)
        loop.remove(joystick)
        loop.add(watch)
        loop.run { _ in watch.count == 0 }
        loop.remove(watch)
        #expect(joystick.sample(at: time.now()).quits == 1)
    }

    @Test func `a plain file, a device that is none and a missing path are refused with a remedy`() throws {
        let file = try folder.write("", to: "file")
        #expect(fault(of: file)?.contains("or replay it if it is a recording") == true)
        #expect(fault(of: "/dev/null")?.contains("/dev/null is no input device") == true)
        #expect(fault(of: folder.path("absent"))?.contains("is it plugged in?") == true)
    }

    @Test func `a closed joystick is released and leaves its descriptor`() throws {
        let joystick = try Joystick(path: path)
        let writer = try RecordedInput(path: path)
        try writer.write([.key(map.enable, true), .report])
        #expect(joystick.sample(at: start).enable)
        joystick.close()
        #expect(!joystick.sample(at: start).enable)
        #expect(joystick.descriptor == -1)
        joystick.close()
    }

    @Test func `a recording of samples is read back as the same samples`() throws {
        let joystick = try Joystick(path: path)
        let recorder = try RecordedInput(path: path)
        let samples = [
            OperatorSample(axes: [0, 0, 0, 0]),
            OperatorSample(enable: true, axes: [0, 0, 0, 0]),
            OperatorSample(enable: true, axes: [0.5, -0.25, 0, 1], buttons: 5),
            OperatorSample(enable: true, axes: [0.5, -0.25, 0, 1], buttons: 5),
            OperatorSample(axes: [0, 0, -1, 0], stops: 2, acknowledgements: 1, handOvers: 1, quits: 1),
        ]
        for (number, sample) in samples.enumerated() {
            let now = start + .milliseconds(900 * number)
            try recorder.record(sample, at: now)
            let read = joystick.sample(at: now)
            for (got, wanted) in zip(read.axes, sample.axes) { #expect(abs(got - wanted) < 1e-4) }
            var same = read
            same.axes = sample.axes
            #expect(same == sample)
        }
    }

    @Test func `a recorder that cannot write says why`() throws {
        let lonely = #expect(throws: InputFault.self) { try RecordedInput(path: path) }
        #expect(lonely?.description.contains("start its reader first") == true)
        let reader = try Joystick(path: path)
        let writer = try RecordedInput(path: path)
        let full = #expect(throws: InputFault.self) {
            for _ in 0..<10_000 { try writer.write([InputRecord](repeating: .report, count: 100)) }
        }
        #expect(full?.description.contains("its reader does not read") == true)
        _ = reader
    }

    private func fault(of path: String) -> String? {
        #expect(throws: InputFault.self) { try Joystick(path: path) }?.description
    }
}

/// Watches another source's descriptor and counts its turns.
private final class ReadyCount: EventSource {
    private let source: any EventSource
    private(set) var count = 0

    init(_ source: any EventSource) { self.source = source }

    var descriptor: Int32 { source.descriptor }
    var interest: EventInterest { source.interest }
    var deadline: Instant? { source.deadline }

    func ready(_ events: EventInterest, at now: Instant) {
        source.ready(events, at: now)
        count += 1
    }
}
