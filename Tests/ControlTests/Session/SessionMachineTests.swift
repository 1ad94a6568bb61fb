import Control
import ControlModel
import FieldModel
import Testing

@Suite("A control session")
struct SessionMachineTests {
    @Test("A claim is stored, granted, measured and armed, and only a held enable in neutral makes it active")
    func fromIdleToActive() {
        var bench = SessionBench()
        bench.activate()
        #expect(bench.phase == .active)
        #expect(bench.machine.axes[0] == 500)
        #expect(bench.session.epoch == 42)
        #expect(bench.transitions.map(\.to) == [.requested, .requested, .armed, .active])
        let stores = bench.actions.filter { if case .record = $0 { false } else { true } }
        #expect(stores.prefix(2) == [.storeOpen(session: 7, operatorID: "op-7"), .storeEpoch(42)])
    }

    @Test("Nothing is granted before the disk has confirmed, and a disk that refuses refuses the claim")
    func persistsFirst() {
        var bench = SessionBench()
        bench.diskAnswers = false
        bench.claim()
        #expect(bench.session.lease == nil)
        bench.handle(.notStored)
        #expect(bench.phase == .idle)
        #expect(bench.actions.contains { if case .refused(_, .notStored, _) = $0 { true } else { false } })
    }

    @Test("A claim that the disk does not answer within a second is refused")
    func claimExpires() {
        var bench = SessionBench()
        bench.diskAnswers = false
        bench.claim()
        bench.run(.milliseconds(1100))
        #expect(bench.phase == .idle)
        #expect(bench.last?.cause == .requestExpired)
    }

    @Test("Without fresh frames set-points ramp from 150 ms and the safe state stands by 310 ms")
    func deadman() {
        var bench = SessionBench()
        bench.activate()
        let basis = bench.session.lease!.basis
        bench.run(.milliseconds(160))
        #expect(bench.phase == .degraded)
        bench.run(.milliseconds(80))
        #expect(bench.machine.axes[0] < 500)
        while bench.phase == .degraded { bench.run(.milliseconds(10)) }
        #expect(bench.phase == .safeStop)
        #expect(bench.last?.cause == .noFreshFrame)
        #expect(bench.last?.detail == nil)
        #expect(basis.duration(to: bench.now) <= .milliseconds(310))
        #expect(bench.machine.axes == .rest)
        #expect(bench.machine.permit == nil)
    }

    @Test("Frames that arrive but are late degrade, and no arrival puts the deadman off")
    func lateFrames() {
        var bench = SessionBench()
        bench.activate()
        for _ in 0..<20 {
            bench.run(.milliseconds(20))
            bench.send(lag: .milliseconds(170), SessionBench.full)
        }
        #expect(bench.phase == .degraded)
        #expect(bench.last?.cause == .late)
        bench.expect(.expired, lag: .milliseconds(230), SessionBench.full)
        bench.run(.milliseconds(150))
        #expect(bench.phase == .safeStop)
    }

    @Test("Enable released is a pause: neutral within the ramp, ACTIVE again by a new edge")
    func pause() {
        var bench = SessionBench()
        bench.activate()
        bench.drive(.milliseconds(20))
        #expect(bench.phase == .armed)
        bench.drive(.milliseconds(200))
        #expect(bench.machine.axes == .rest)
        bench.drive(.milliseconds(400)) { $0.flags = .enable }
        #expect(bench.phase == .active)
    }

    @Test("An enable that is stuck never counts, nor does one with an axis out of rest")
    func stuckEnable() {
        var bench = SessionBench()
        bench.claim()
        bench.drive(.milliseconds(2000)) { $0.flags = .enable }
        #expect(bench.phase == .armed)
        bench.drive(.milliseconds(40))
        bench.drive(.milliseconds(600), SessionBench.full)
        #expect(bench.phase == .armed)
        #expect(bench.machine.axes == .rest)
        #expect(bench.session.phase == .armed)
    }

    @Test("A stop is left only by an acknowledgement that names it, after standstill, and a new enable edge")
    func namedStop() {
        var bench = SessionBench()
        bench.activate()
        bench.handle(.stop(id: 9, epoch: 42, by: "someone"))
        #expect(bench.phase == .safeStop)
        #expect(bench.machine.axes == .rest)
        let number = bench.session.stopNumber
        bench.drive(.milliseconds(200)) { $0.acknowledgedStop = number - 1 }
        #expect(bench.phase == .safeStop)
        bench.drive(.milliseconds(100)) { $0.acknowledgedStop = number }
        #expect(bench.phase == .armed)
        bench.drive(.milliseconds(600), SessionBench.full)
        #expect(bench.machine.axes == .rest)
    }

    @Test("Copies of a stop are one; another while stopped needs an acknowledgement of its own")
    func stopsWhileStopped() {
        var bench = SessionBench()
        bench.activate()
        bench.handle(.stop(id: 9, epoch: 42, by: "a"))
        bench.handle(.stop(id: 9, epoch: 42, by: "a"))
        let first = bench.session.stopNumber
        bench.handle(.stop(id: 10, epoch: 42, by: "b"))
        #expect(bench.session.stopNumber == first + 1)
        bench.drive(.milliseconds(100)) { $0.acknowledgedStop = first }
        #expect(bench.phase == .safeStop)
    }

    @Test("A stop counts in REQUESTED and in ARMED too, one of another epoch never")
    func stopsAlways() {
        var bench = SessionBench()
        bench.claim()
        bench.handle(.stop(id: 1, epoch: 41, by: "a"))
        #expect(bench.phase == .requested)
        bench.handle(.stop(id: 1, epoch: 42, by: "a"))
        #expect(bench.phase == .safeStop)
    }

    @Test("Every kind of wrong frame is refused by its name and changes nothing but the count")
    func wrongFrames() {
        var bench = SessionBench()
        bench.activate()
        bench.run(.milliseconds(20))
        let before = bench.session.lease
        bench.expect(.badEpoch) { $0.epoch -= 1 }
        bench.expect(.badEpoch) { $0.session += 1 }
        bench.expect(.replay) { $0.sequence = 1 }
        bench.expect(.badEcho) { $0.echoTime += 1 }
        bench.expect(.badEcho) { $0.echoSequence += 900 }
        bench.expect(.range) { $0.axes[3] = 1001 }
        bench.expect(.range) { $0.profile = 5 }
        #expect(bench.session.lease?.basis ?? bench.now >= before?.basis ?? bench.now)
        #expect(bench.phase == .active)
    }

    @Test("More than 120 frames a second are refused, fifty are not")
    func tooFast() {
        var bench = SessionBench()
        bench.activate()
        bench.run(.milliseconds(20))
        let rejects = (0..<40).compactMap { _ in bench.send(SessionBench.full) }
        #expect(rejects.contains(.tooFast))
        #expect(bench.phase == .active)
    }

    @Test("Loss above five percent degrades to creep speed, and one clean second lifts it")
    func loss() {
        var bench = SessionBench()
        bench.activate()
        bench.drive(.seconds(1), SessionBench.full)
        for _ in 0..<4 { bench.send { $0.epoch = 0 } }
        bench.drive(.milliseconds(40), SessionBench.full)
        #expect(bench.phase == .degraded)
        #expect(bench.last?.cause == .lossy)
        #expect(bench.drives.last!.speedCap <= 150)
        bench.drive(.milliseconds(2200), SessionBench.full)
        #expect(bench.phase == .active)
        #expect(bench.drives.last!.speedCap == 1000)
    }

    @Test("The speed cap falls with the delay of picture and command, and is creep without a picture")
    func speedCap() {
        var bench = SessionBench()
        bench.activate()
        bench.drive(.milliseconds(40)) {
            SessionBench.full(&$0); $0.videoAge = nil
        }
        #expect(bench.drives.last!.speedCap == 150)
        bench.drive(.milliseconds(40)) {
            SessionBench.full(&$0); $0.videoAge = 250
        }
        #expect((700...800).contains(bench.drives.last!.speedCap))
        bench.drive(.milliseconds(40)) {
            SessionBench.full(&$0); $0.videoAge = 400
        }
        #expect(bench.phase == .degraded)
    }

    @Test("A holder who offers is followed by the next; without an offer a claim is refused")
    func handOver() {
        var bench = SessionBench()
        bench.arm()
        bench.claim(8, role: .operates)
        #expect(bench.actions.contains { if case .refused(_, .held, _) = $0 { true } else { false } })
        bench.drive(.milliseconds(40)) { $0.flags = .offer }
        bench.claim(8, role: .operates)
        #expect(bench.session.lease?.claim.session == 8)
        bench.drive(.milliseconds(1300))
        #expect(bench.phase == .armed)
        #expect(bench.session.epoch == 43)
        bench.take(7)
        bench.expect(.badEpoch) { $0.epoch = 42 }
    }

    @Test("A supervisor takes over by force, through a stop and standstill; an operator may not")
    func takeOver() {
        var bench = SessionBench()
        bench.activate()
        bench.claim(8, force: true, role: .operates)
        #expect(bench.phase == .active)
        bench.claim(8, force: true)
        #expect(bench.phase == .safeStop)
        bench.run(.milliseconds(100))
        #expect(bench.session.lease?.claim.session == 8)
        #expect(bench.session.epoch == 43)
        #expect(bench.transitions.contains { $0.cause == .takenOver })
    }

    @Test("A local operator wins at once, and nobody is let in while they are there")
    func localOperator() {
        var bench = SessionBench()
        bench.activate()
        bench.report = { $0.localOperator = true }
        bench.run(.milliseconds(100))
        #expect(bench.machine.axes == .rest)
        bench.run(.milliseconds(200))
        #expect(bench.phase == .idle)
        bench.claim(8)
        #expect(bench.actions.contains { if case .refused(_, .localOperator, _) = $0 { true } else { false } })
    }

    @Test("The emergency stop locks; a supervisor unlocks it once it is released and neutral is confirmed")
    func emergencyStop() {
        var bench = SessionBench()
        bench.activate()
        bench.report = { $0.emergencyStop = true }
        bench.run(.milliseconds(100))
        #expect(bench.phase == .locked)
        bench.handle(.unlock(by: "chief"))
        bench.run(.milliseconds(600))
        #expect(bench.phase == .locked)
        bench.report = { _ in }
        bench.run(.milliseconds(1200))
        #expect(bench.phase == .idle)
        #expect(bench.last?.by == "chief")
    }

    @Test("Three stops out of motion within a minute lock")
    func threeStops() {
        var bench = SessionBench()
        bench.activate()
        for round in 1...3 {
            bench.handle(.stop(id: UInt64(round), epoch: 42, by: "a"))
            if bench.phase == .locked { break }
            let number = bench.session.stopNumber
            bench.drive(.milliseconds(200)) { $0.acknowledgedStop = number }
            bench.drive(.milliseconds(60))
            bench.drive(.milliseconds(400)) { $0.flags = .enable }
        }
        #expect(bench.phase == .locked)
        #expect(bench.last?.cause == .tooManyStops)
    }

    @Test("A gateway that died with a session open comes back locked, and writes a safe state above every permit")
    func restart() {
        var bench = SessionBench(wasOpen: true)
        #expect(bench.phase == .locked)
        #expect(bench.machine.fence == DrivePermit(epoch: 41, stop: .max))
        bench.handle(.unlock(by: "chief"))
        bench.run(.milliseconds(700))
        bench.activate()
        #expect(bench.phase == .active)
    }

    @Test("A machine that is lost, trips, or does not confirm leads to the safe state, then to LOCKED")
    func machineFaults() {
        var bench = SessionBench()
        bench.activate()
        bench.handle(.deviceLost)
        #expect(bench.phase == .safeStop)
        bench.run(.seconds(11))
        #expect(bench.phase == .locked)
        #expect(bench.last?.cause == .notConfirmed)

        var other = SessionBench()
        other.activate()
        other.report = { $0.watchdogTripped = true }
        other.drive(.milliseconds(100), SessionBench.full)
        #expect(other.transitions.contains { $0.cause == .machineWatchdog })

        var silent = SessionBench()
        silent.activate()
        silent.busAnswers = false
        silent.drive(.milliseconds(240), SessionBench.full)
        #expect(silent.phase == .safeStop)
    }

    @Test("Arming is refused without the machine's watchdog, with a slow echo, and with a condition that does not hold")
    func armingRefused() {
        var bench = SessionBench()
        bench.report = { $0.watchdogReady = false }
        bench.run(.milliseconds(600))
        bench.claim()
        #expect(bench.actions.contains { if case .refused(_, .machineWatchdog, _) = $0 { true } else { false } })

        var slow = SessionBench()
        slow.claim()
        for _ in 0..<300 {
            slow.run(.milliseconds(20))
            slow.send(lag: .milliseconds(120))
        }
        #expect(slow.phase == .idle)
        #expect(slow.actions.contains { if case .refused(_, .slowEcho, _) = $0 { true } else { false } })

        var open = SessionBench()
        open.report = { $0.interlock = "the cab door is open" }
        open.run(.milliseconds(600))
        open.claim()
        let refusal = open.actions.contains {
            if case .refused(_, .interlock, "the cab door is open") = $0 { true } else { false }
        }
        #expect(refusal)
    }

    @Test("A lease without frames lapses: from ARMED to IDLE, and the store hears it once neutral is confirmed")
    func lapse() {
        var bench = SessionBench()
        bench.arm()
        bench.run(.milliseconds(450))
        #expect(bench.phase == .armed)
        bench.run(.seconds(3))
        #expect(bench.phase == .idle)
        #expect(bench.actions.last == .storeClosed)
    }

    @Test("A minute in ARMED without use ends the session")
    func unused() {
        var bench = SessionBench()
        bench.arm()
        bench.drive(.seconds(61))
        #expect(bench.phase == .idle)
        #expect(bench.transitions.contains { $0.cause == .unused })
    }
}
