import Control
import ControlWire
import FieldModel
import Signing

/// The console that drives, as well as the storm lets it.
extension FrameStorm {
    /// Whoever has no session asks for one; now and then somebody takes the machine by force.
    func steer() {
        guard bench.now >= nextTry else { return }
        nextTry = bench.now + .milliseconds(300)
        switch bench.phase {
        case .idle: ask(["anna", "ben", "sue"][Int(below(3))], .drive)
        case .locked: ask("sue", .unlock)
        case .armed, .active, .degraded, .safeStop: if chance(200) { ask("sue", .force) }
        case .requested: break
        }
    }

    private func ask(_ name: String, _ purpose: ClaimPurpose) {
        var asking = bench.console(name)
        let hello = asking.hello(purpose, direct: ["127.0.0.1:5000"])
        guard case .offer(let offer)? = bench.ask(hello).first,
            let take = asking.take(offer, of: bench.machineKey.verifying, at: bench.now)
        else { return }
        asking.state = console.state
        candidate = purpose == .unlock ? nil : asking
        _ = bench.ask(take)
    }

    /// The frame that is due, by the broker, a path, or all of them.
    func pilot() {
        nextFrame = bench.now + .milliseconds(20)
        if isRough, chance(400) { nextFrame = nextFrame + .microseconds(below(500_000)) }
        if chance(20_000) { nextFrame = nextFrame + .seconds(3) }
        // Who was never granted anything has nothing to seal with.
        guard console.keys != nil else { return }
        let frame = intended()
        held += 1
        guard !isRough || !chance(50) else { return }
        let late = delay()
        let sent = make(frame, isSound: true, path: anyPath())
        send(sent, within: late)
        guard chance(3) else { return }
        send(make(frame, isSound: true, path: nil), within: delay())
        if let path = sent.path {
            send(Sent(made: sent.made, bytes: sent.bytes, path: 1 - path), within: delay())
        }
    }

    /// Microseconds; while nothing moves the radio is good, or nothing ever would.
    private func delay() -> Int64 {
        guard isRough, bench.phase.isDriving else { return chance(2) ? 0 : 15_000 }
        switch below(100) {
        case 0..<60: return 0
        case 60..<85: return 30_000
        case 85..<97: return 120_000
        default: return 400_000
        }
    }

    /// What a good operator would send now.
    func intended() -> CommandFrame {
        let (phase, held) = (bench.phase, held)
        let pauses = phase.isDriving && chance(300)
        let misnames = chance(50)
        let lifetime: UInt16 = chance(5) ? 100 : 200
        let stop = bench.stopNumber
        return console.frame { frame in
            frame.lifetime = lifetime
            switch phase {
            case .armed where held >= 3 && held < 30: frame.flags = .enable
            case .armed where held >= 30, .active, .degraded:
                guard !pauses else { return }
                frame.flags = .enable
                frame.axes = StormOracle.axes(of: frame.sequence)
                frame.buttons = UInt32(frame.sequence / 50 % 2)
            case .safeStop: frame.acknowledgedStop = misnames ? stop &+ 1 : stop
            default: break
            }
        }
    }
}
