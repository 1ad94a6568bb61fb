import ControlWire
import FieldGateTesting
import FieldModel
import Signing
import Testing

@Suite("The frames of remote control")
struct FrameTests {
    static func bytes(_ count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: count)
        bytes.withUnsafeMutableBytes(write)
        return bytes
    }

    @Test("A command frame lies as the documentation says, byte for byte")
    func commandVector() {
        var frame = CommandFrame(
            session: 0x0102_0304, epoch: 5, sequence: 6, sent: 7, echoSequence: 8, echoTime: 9, hold: 10,
            lifetime: 200, flags: .enable, acknowledgedStop: 3, buttons: 0x80, videoAge: 120,
            profile: 0x1122_3344_5566_7788)
        frame.axes[0] = 1000
        frame.axes[1] = -1000
        let bytes = Self.bytes(FrameLayout.commandBytes) { FrameLayout.write(frame, into: $0) }
        let expected =
            "01010100" + "01020304" + "0000000000000005" + "0000000000000006" + "0000000000000007"
            + "0000000000000009" + "00000008" + "0000000a" + "00c8" + "0078" + "00000003" + "1122334455667788"
            + "03e8fc18" + "000000000000000000000000" + "00000080"
        #expect(Hex.text(bytes) == expected)
        #expect(bytes.withUnsafeBytes(FrameLayout.command) == frame)
    }

    @Test("States and stops come back as they were written")
    func roundTrips() {
        var state = StateFrame()
        (state.session, state.epoch, state.sequence, state.time) = (1, 2, 3, 4)
        (state.phase, state.cause, state.flags) = (.safeStop, .noFreshFrame, [.watchdogOK, .offered])
        (state.stopNumber, state.lastCommand, state.age) = (5, 6, 7)
        (state.roundTripMedian, state.roundTripP99, state.loss) = (8, 9, 10)
        state.lossOfPath[2] = 11
        (state.speedCap, state.lastReject, state.rejects) = (12, .badEcho, 13)
        (state.written[7], state.readBack[0]) = (-14, 15)
        let bytes = Self.bytes(FrameLayout.stateBytes) { FrameLayout.write(state, into: $0) }
        #expect(bytes.withUnsafeBytes(FrameLayout.state) == state)
        let stop = StopFrame(session: 1, epoch: .max, id: 77)
        let stopBytes = Self.bytes(FrameLayout.stopBytes) { FrameLayout.write(stop, into: $0) }
        #expect(stopBytes.withUnsafeBytes(FrameLayout.stop) == stop)
    }

    @Test("Nothing that is shorter, longer, of another version or with unknown flags is a frame")
    func malformed() {
        let good = Self.bytes(FrameLayout.commandBytes) {
            FrameLayout.write(CommandFrame(session: 1, epoch: 1, sequence: 1, echoSequence: 1, echoTime: 1), into: $0)
        }
        for count in 0..<good.count {
            #expect(good[..<count].withUnsafeBytes(FrameLayout.command) == nil)
        }
        #expect((good + [0]).withUnsafeBytes(FrameLayout.command) == nil)
        for (place, value) in [(0, UInt8(2)), (1, 3), (2, 8), (3, 1)] {
            var bad = good
            bad[place] = value
            #expect(bad.withUnsafeBytes(FrameLayout.command) == nil)
        }
    }

    @Test("Random bytes are read or refused, never worse")
    func random() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if bytes.count > 1 { (bytes[0], bytes[1]) = (1, UInt8.random(in: 0...6, using: &random)) }
            bytes.withUnsafeBytes {
                _ = FrameLayout.command($0)
                _ = FrameLayout.state($0)
                _ = FrameLayout.stop($0)
            }
        }
    }
}
