import Control
import ControlPath
import ControlWire
import FieldModel
import Signing

/// Everything that must not count, and what the world does besides.
extension FrameStorm {
    func noise() {
        switch below(16) {
        case 0...2: replay()
        case 3: damage()
        case 4: cut()
        case 5: lie { $0.epoch = $0.sequence % 2 == 0 ? $0.epoch &+ 1 : $0.epoch &- 1 }
        case 6: lie { $0.session ^= 1 << UInt32($0.sequence % 32) }
        case 7: lie { $0.echoSequence &+= 1 + UInt32($0.sequence % 3) }
        case 8: lie { $0.echoTime &+= 1 + $0.sequence % 400_000 }
        case 9: lie { $0.axes[Int($0.sequence % 8)] = $0.sequence % 2 == 0 ? -1001 : .min }
        case 10: lie { $0.profile ^= 1 << ($0.sequence % 64) }
        case 11: oldEcho()
        case 12: deliver(make(negative(), isSound: false, path: nil), retained: true)
        case 13: deliver(make(negative(), isSound: false, path: nil, by: former))
        case 14: garbage()
        default: if chance(200) { flood() }
        }
    }

    /// A frame whose set-points no machine must ever see, under the number that the next good one will have.
    private func negative() -> CommandFrame {
        defer { console.sequence -= 1 }
        return console.frame { frame in
            frame.flags = .enable
            frame.axes = AxisValues(repeating: 0) &- StormOracle.axes(of: frame.sequence)
        }
    }

    /// Sealed with the right key, and untrue.
    private func lie(_ change: (inout CommandFrame) -> Void) {
        var frame = negative()
        change(&frame)
        deliver(make(frame, isSound: false, path: anyPath()))
    }

    private func replay() {
        guard !history.isEmpty else { return }
        deliver(history[Int(below(Int64(history.count)))])
    }

    private func damage() {
        guard var sent = history.last, !sent.bytes.isEmpty else { return }
        sent.bytes[Int(below(Int64(sent.bytes.count)))] ^= 1 << UInt8(below(8))
        sent.made.isSound = false
        deliver(sent)
    }

    private func cut() {
        guard var sent = history.last, !sent.bytes.isEmpty else { return }
        sent.bytes.removeLast(1 + Int(below(Int64(sent.bytes.count))))
        sent.made.isSound = false
        deliver(sent)
    }

    /// True, but of some time ago.
    private func oldEcho() {
        guard !echoes.isEmpty else { return }
        let echo = echoes[Int(below(Int64(echoes.count)))]
        var frame = intended()
        (frame.echoSequence, frame.echoTime) = (echo.number, echo.time)
        // Now and then only: each makes the round trip look long, and nobody would ever arm.
        let age = Instant(nanoseconds: Int64(echo.time) * 1000).duration(to: bench.now)
        guard bench.phase.isDriving || age > .milliseconds(200) || age < .milliseconds(60) else { return }
        deliver(make(frame, isSound: true, path: anyPath()))
        if bench.newestFrame != frame.sequence { console.sequence -= 1 }
    }

    private func flood() {
        for _ in 0..<20 { deliver(make(intended(), isSound: true, path: anyPath())) }
    }

    private func garbage() {
        let bytes = (0..<below(160)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        switch below(4) {
        case 0: bench.stop(bytes)
        case 1: bench.publish(bytes, to: bench.topics.requestBytes)
        case 2:
            let frame = CommandFrame(session: 0, epoch: 0, sequence: 0, echoSequence: 0, echoTime: 0)
            let made = StormOracle.Made(frame: frame, sampled: bench.now, isSound: false)
            deliver(Sent(made: made, bytes: bytes, path: nil))
        default:
            let tag = bench.air.tag
            let head = [1, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: tag >> (24 - 8 * UInt32($0))) }
            bench.packet(head + bytes)
        }
    }

    // MARK: The world

    func disturb() {
        if chance(600) { isRough.toggle() }
        if chance(2500) { stop() }
        if chance(400) {
            bench.bus.lateness = chance(2) ? .zero : .microseconds(below(30_000))
            bench.bus.waiting = chance(3) ? .microseconds(below(40_000)) : .zero
        }
        breakBus()
        press()
        if chance(5000) { bench.freeze(.microseconds(below(600_000))) }
    }

    private func stop() {
        stopID += 1
        let stan = bench.console("stan")
        let counts = bench.phase.isOpen && console.epoch == bench.session.epoch
        switch below(6) {
        case 0, 1:
            if counts { oracle.stopped() }
            oldStops.append(console.stop(stopID))
            bench.stop(oldStops[oldStops.count - 1])
        case 2:
            if counts { oracle.stopped() }
            oldStops.append(stan.signedStop(stopID, epoch: console.epoch))
            bench.stop(oldStops[oldStops.count - 1])
        case 3: bench.stop(stan.signedStop(stopID, epoch: console.epoch, by: SigningKey()))
        case 4: bench.stop(stan.signedStop(stopID, epoch: console.epoch &- 1))
        default: if let old = oldStops.last { bench.stop(old) }
        }
        if oldStops.count > 8 { oldStops.removeFirst() }
    }

    private func breakBus() {
        if let until = faultUntil {
            guard bench.now >= until else { return }
            if bench.bus.manner == .refused { bench.bus.connect(true) }
            (bench.bus.manner, faultUntil) = (.good, nil)
        } else if chance(3000) {
            let manners: [BenchBus.Manner] = [.exception(4), .readException(6), .timeout, .readTimeout, .refused]
            bench.bus.manner = manners[Int(below(5))]
            if bench.bus.manner == .refused { bench.bus.connect(false) }
            faultUntil = bench.now + .microseconds(below(400_000))
        }
    }

    /// Somebody at the machine.
    private func press() {
        if let until = pressedUntil {
            guard bench.now >= until else { return }
            (bench.bus.controller.emergencyStop, bench.bus.controller.localKey, pressedUntil) = (false, false, nil)
        } else if chance(30_000) {
            if chance(2) { bench.bus.controller.emergencyStop = true } else { bench.bus.controller.localKey = true }
            pressedUntil = bench.now + .microseconds(below(2_000_000))
        }
    }
}
