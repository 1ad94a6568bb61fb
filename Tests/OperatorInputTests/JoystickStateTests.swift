import FieldModel
import Testing

@testable import OperatorInput

/// What records mean, without a device.
@Suite struct JoystickStateTests {
    private static let map = JoystickMap.gamepad

    /// A state that plays packets: each at its own millisecond, ended by a report.
    private struct Player {
        var state = JoystickState(map: JoystickStateTests.map)
        var now = Instant(nanoseconds: 1_000_000_000)

        mutating func packet(_ records: InputRecord...) {
            for record in records + [.report] { _ = state.handle(record, at: now) }
        }

        mutating func raw(_ record: InputRecord) { _ = state.handle(record, at: now) }

        mutating func sample(after wait: Duration = .zero) -> OperatorSample {
            now = now + wait
            state.judgeSilence(at: now)
            return state.sample()
        }
    }

    private static let press = InputRecord.key(map.enable, true)
    private static let release = InputRecord.key(map.enable, false)

    @Test func `records take force at their report and not before`() {
        var player = Player()
        player.raw(Self.press)
        player.raw(.axis(1, -32768))
        player.raw(.key(Self.map.stop, true))
        #expect(player.sample() == OperatorSample(axes: [0, 0, 0, 0]))
        player.raw(.report)
        #expect(player.sample() == OperatorSample(enable: true, axes: [1, 0, 0, 0], stops: 1))
    }

    @Test func `a stick is at rest in its dead zone, and moves in proportion from its edge to its end`() {
        let axis = JoystickMap.Axis(code: 0, range: .init(minimum: 0, maximum: 200, centre: 100), deadZone: 0.2)
        #expect(axis.position(of: 100) == 0)
        #expect(axis.position(of: 120) == 0)
        #expect(axis.position(of: 80) == 0)
        #expect(abs(axis.position(of: 160) - 0.5) < 1e-9)
        #expect(abs(axis.position(of: 40) + 0.5) < 1e-9)
        #expect(axis.position(of: 200) == 1)
        #expect(axis.position(of: 0) == -1)
        #expect(axis.position(of: .max) == 1)
        #expect(axis.position(of: .min) == -1)
    }

    @Test func `an inverted axis turns its sign, and a pedal rests at its minimum`() {
        let inverted = JoystickMap.Axis(code: 0, isInverted: true)
        #expect(inverted.position(of: -32768) == 1)
        #expect(inverted.position(of: 32767) == -1)
        let pedal = JoystickMap.Axis(code: 0, range: .init(minimum: 0, maximum: 255, centre: 0), deadZone: 0)
        #expect(pedal.position(of: 0) == 0)
        #expect(pedal.position(of: 255) == 1)
        #expect(pedal.position(of: -1) == 0)
    }

    @Test func `a range that makes no sense keeps the axis at rest`() {
        let axis = JoystickMap.Axis(code: 0, range: .init(minimum: 5, maximum: 5, centre: 5), deadZone: 0)
        for raw in [Int32.min, 4, 5, 6, .max] { #expect(axis.position(of: raw) == 0) }
    }

    @Test func `a range that the device tells keeps the centre's place, and a wider flat part counts`() {
        let stick = JoystickMap.Axis(code: 0).with(minimum: 0, maximum: 255, flat: 64)
        #expect(stick.range == .init(minimum: 0, maximum: 255, centre: 128))
        #expect(stick.deadZone == 0.5)
        let pedal = JoystickMap.Axis(code: 2, range: .init(minimum: 0, maximum: 255, centre: 0))
        #expect(pedal.with(minimum: 0, maximum: 1023, flat: 0).range.centre == 0)
    }

    @Test(arguments: [-1, -0.75, -0.1, 0, 0.1, 0.5, 1])
    func `what is recorded of a position is read as the same position`(position: Double) {
        for axis in JoystickMap.gamepad.axes {
            #expect(abs(axis.position(of: axis.raw(of: position)) - position) < 1e-4)
        }
    }

    @Test func `buttons are bits, and presses are counted by their going down only`() {
        var player = Player()
        player.packet(.key(Self.map.buttons[0], true), .key(Self.map.buttons[3], true))
        #expect(player.sample().buttons == 0b1001)
        player.packet(.key(Self.map.buttons[0], false))
        #expect(player.sample().buttons == 0b1000)
        for code in [Self.map.stop, Self.map.acknowledge, Self.map.handOver, Self.map.quit] {
            player.packet(.key(code, true))
            player.packet(InputRecord(type: 1, code: code, value: 2))
            player.packet(.key(code, false))
        }
        let sample = player.sample()
        #expect(sample.stops == 1)
        #expect(sample.acknowledgements == 1)
        #expect(sample.handOvers == 1)
        #expect(sample.quits == 1)
    }

    @Test func `types, codes and values that nobody knows change nothing`() {
        var player = Player()
        for type: UInt16 in [2, 4, 5, 0x11, 0x15, 0xffff] {
            player.raw(InputRecord(type: type, code: Self.map.enable, value: 1))
        }
        player.raw(InputRecord(type: 1, code: 0xffff, value: 1))
        player.raw(InputRecord(type: 3, code: 0x3f, value: 1))
        player.raw(InputRecord(type: 1, code: Self.map.enable, value: 7))
        player.raw(InputRecord(type: 1, code: Self.map.enable, value: 2))
        player.packet()
        #expect(player.sample() == OperatorSample(axes: [0, 0, 0, 0]))
    }

    @Test
    func `after lost records everything is released at once, and what comes before the next report is thrown away`() {
        var player = Player()
        player.packet(Self.press, .axis(1, -32768))
        player.raw(.dropped)
        #expect(player.sample() == OperatorSample(axes: [0, 0, 0, 0]))
        player.raw(.axis(1, -32768))
        player.raw(Self.release)
        player.raw(Self.press)
        player.raw(.key(Self.map.stop, true))
        player.raw(.report)
        #expect(player.sample() == OperatorSample(axes: [0, 0, 0, 0]))
    }

    @Test func `after lost records enable counts when it was seen released and pressed again`() {
        var player = Player()
        player.packet(Self.press)
        player.packet(.dropped)
        player.packet(.axis(1, -32768))
        #expect(player.sample() == OperatorSample(axes: [1, 0, 0, 0]))
        player.packet(Self.press)
        #expect(!player.sample().enable, "its release was not seen")
        player.packet(Self.release)
        #expect(!player.sample().enable)
        player.packet(Self.press)
        #expect(player.sample().enable)
    }

    @Test func `lost records bar enable even if it was not held: its press may be among them`() {
        var player = Player()
        player.packet(.dropped)
        player.packet(Self.press)
        #expect(!player.sample().enable)
    }

    @Test func `a device that falls silent while enable is held is released, and enable must be pressed again`() {
        var player = Player()
        player.packet(Self.press, .axis(1, -32768))
        #expect(player.sample(after: .seconds(1)).enable, "the limit itself still counts")
        #expect(player.sample(after: .milliseconds(1)) == OperatorSample(axes: [0, 0, 0, 0]))
        player.packet(.axis(1, -32768))
        #expect(player.sample() == OperatorSample(axes: [1, 0, 0, 0]))
        player.packet(Self.release)
        player.packet(Self.press)
        #expect(player.sample().enable)
    }

    @Test func `any packet is a sign of life, an unfinished one is none`() {
        var player = Player()
        player.packet(Self.press)
        for _ in 0..<10 {
            #expect(player.sample(after: .milliseconds(900)).enable)
            player.packet()
        }
        _ = player.sample(after: .milliseconds(900))
        player.raw(.axis(0, 5))
        #expect(!player.sample(after: .milliseconds(200)).enable)
    }

    @Test func `a device at rest may be silent for as long as it likes`() {
        var player = Player()
        _ = player.sample(after: .seconds(3600))
        player.packet(Self.press)
        #expect(player.sample().enable)
    }

    @Test func `an axis that is away from rest falls back in silence, without barring an enable that was up`() {
        var player = Player()
        player.packet(.axis(1, -32768))
        #expect(player.sample(after: .seconds(2)).axes == [0, 0, 0, 0])
        player.packet(Self.press)
        #expect(player.sample().enable)
    }

    @Test func `without a limit silence means nothing`() {
        var player = Player()
        var map = Self.map
        map.silence = nil
        player.state = JoystickState(map: map)
        player.packet(Self.press)
        #expect(player.sample(after: .seconds(3600)).enable)
    }

    @Test func `a device that is asked again tells its sticks and buttons, a stop that is down, and never enable`() {
        var player = Player()
        player.packet(Self.press)
        player.raw(.dropped)
        let asks = player.state.handle(.report, at: player.now)
        #expect(asks)
        player.state.resynchronise(
            axes: [-32768, 0, 0, 32767], keysDown: [Self.map.enable, Self.map.stop, Self.map.buttons[1]])
        #expect(player.sample() == OperatorSample(axes: [1, 0, 0, 1], buttons: 2, stops: 1))
        player.packet(Self.press)
        #expect(!player.sample().enable)
        player.raw(.dropped)
        player.raw(.report)
        player.state.resynchronise(axes: [0, 0, 0, 0], keysDown: [])
        player.packet(Self.press)
        #expect(player.sample().enable, "the device itself said that enable was up")
    }

    @Test func `a record's bytes are those of the kernel's structure`() {
        let record = InputRecord(time: .milliseconds(1500), type: 3, code: 0x0102, value: -2)
        #expect(
            record.bytes == [
                1, 0, 0, 0, 0, 0, 0, 0, 0x20, 0xa1, 7, 0, 0, 0, 0, 0, 3, 0, 2, 1, 0xfe, 0xff, 0xff, 0xff,
            ])
        #expect(record.bytes.withUnsafeBytes { InputRecord($0) } == record)
    }
}
