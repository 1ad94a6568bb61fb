import FieldModel
import Link
import Testing

@Suite("A modem's link")
struct LinkMachineTests {
    @Test("A modem that is well is identified, observed at its pace, and left alone")
    func well() {
        var link = SimulatedLink(SimulatedLink.settings())
        link.run(.seconds(120))
        #expect(link.machine.phase == .up)
        #expect(link.jobs.first == .identify)
        #expect((11...13).contains(link.jobs.count { $0 == .observe }))
        #expect(link.rungs.isEmpty)
    }

    @Test("A registered modem without a session gets one, without a rung")
    func activation() {
        var link = SimulatedLink(SimulatedLink.settings())
        link.report.session.isActive = false
        link.run(.seconds(15))
        #expect(link.jobs.contains(.activate))
        #expect(link.machine.phase == .up)
        #expect(link.rungs.isEmpty)
    }

    @Test("All fine but data dead is cured by the lowest rung that suffices", arguments: RecoveryRung.allCases)
    func dataDead(_ cure: RecoveryRung) {
        let recovery = RecoverySettings(rungs: Set(RecoveryRung.allCases))
        var link = SimulatedLink(SimulatedLink.settings(recovery: recovery))
        link.run(.seconds(60))
        link.cure = cure
        link.run(.seconds(6 * 3600))
        #expect(link.rungs == RecoveryRung.allCases.filter { $0 <= cure })
        #expect(link.machine.phase == .up)
        let recoveries = link.outputs.compactMap { if case .recovered(let rung, _) = $0 { rung } else { nil } }
        #expect(recoveries == [cure])
    }

    @Test("The evidence of the first rung shows a modem that counts while nothing arrives")
    func evidence() throws {
        var link = SimulatedLink(SimulatedLink.settings())
        link.run(.seconds(60))
        link.cure = .session
        link.run(.seconds(60))
        let evidence = link.outputs.compactMap { if case .climbing(_, _, let evidence) = $0 { evidence } else { nil } }
        let first = try #require(evidence.first)
        #expect(first.phase == "stalled")
        #expect(first.isDataDead)
        #expect(first.lasting >= .seconds(20))
    }

    @Test("Trouble shorter than the patience is left alone")
    func patience() {
        var link = SimulatedLink(SimulatedLink.settings())
        link.run(.seconds(60))
        link.health = .dead
        link.run(.seconds(19))
        link.health = .alive
        link.run(.seconds(60))
        #expect(link.rungs.isEmpty)
    }

    @Test("The ladder is not climbed without a cell, with a locked card, upon a policy refusal, or in remote control")
    func holds() {
        func rungs(_ break: (inout SimulatedLink) -> Void) -> ([RecoveryRung], LinkMachine) {
            var link = SimulatedLink(SimulatedLink.settings())
            link.run(.seconds(30))
            `break`(&link)
            link.run(.seconds(7200))
            return (link.rungs, link.machine)
        }
        let noCell = rungs {
            $0.report.registration = .searching
            $0.report.cell = nil
            $0.report.signal = SignalReading()
            $0.health = .dead
        }
        #expect(noCell.0.isEmpty && noCell.1.phase == .noCell)
        #expect(noCell.1.hold == .useless(.noCell))
        let locked = rungs { $0.report.sim = .pinRequired }
        #expect(locked.0.isEmpty && locked.1.phase == .locked(.pinRequired))
        for cause in [3, 6, 7] {
            let reject = RejectCause(layer: .mobility5G, code: cause)
            let denied = rungs {
                $0.report.registration = .denied
                $0.report.reject = reject
                $0.health = .dead
            }
            #expect(denied.0.isEmpty && denied.1.phase == .denied(reject))
        }
        for cause in [8, 29, 33] {
            let barred = rungs {
                $0.report.session.isActive = false
                $0.report.reject = RejectCause(layer: .session4G, code: cause)
                $0.activationFault = .refused(command: "AT+CGACT=1,1", reply: "+CME ERROR: \(cause)")
                $0.health = .dead
            }
            #expect(barred.0.isEmpty)
        }
        let controlled = rungs {
            $0.feed(.remoteControl(active: true))
            $0.cure = .session
        }
        #expect(controlled.0.isEmpty && controlled.1.hold == .remoteControl)
    }

    @Test("A modem that was refused, and is let in again, gets its time before the ladder is climbed")
    func afterDenial() {
        var link = SimulatedLink(SimulatedLink.settings())
        link.run(.seconds(30))
        link.report.registration = .denied
        link.report.session.isActive = false
        link.run(.seconds(3600))
        link.report.registration = .searching
        link.run(.seconds(60))
        #expect(link.machine.phase == .searching)
        link.report.registration = .home
        link.run(.seconds(15))
        #expect(link.machine.phase == .up)
        #expect(link.rungs.isEmpty)
    }

    @Test("A modem that is gone, without a way to bring it back, is waited for")
    func goneForGood() {
        var link = SimulatedLink(SimulatedLink.settings())
        link.run(.seconds(30))
        link.fault = .absent("no such port")
        link.run(.seconds(3600))
        #expect(link.rungs.isEmpty)
        #expect(link.machine.hold == .useless(.absent))
        link.fault = nil
        link.run(.seconds(60))
        #expect(link.machine.phase == .up)
    }

    @Test("During remote control the modem is not asked at all")
    func quietUnderControl() {
        var link = SimulatedLink(SimulatedLink.settings())
        link.run(.seconds(30))
        link.feed(.remoteControl(active: true))
        link.run(.seconds(1))
        let asked = link.jobs.count
        link.run(.seconds(600))
        #expect(link.jobs.count == asked)
        link.feed(.remoteControl(active: false))
        link.run(.seconds(20))
        #expect(link.jobs.count > asked)
    }

    @Test("A session the network refuses by decision is asked for again only after half an hour")
    func barredSession() {
        var link = SimulatedLink(SimulatedLink.settings())
        link.report.session.isActive = false
        link.report.reject = RejectCause(layer: .session4G, code: 33)
        link.activationFault = .refused(command: "AT+CGACT=1,1", reply: "+CME ERROR: 133")
        link.run(.seconds(3500))
        #expect(link.jobs.count { $0 == .activate } <= 2)
    }

    @Test("A session that fails for no good reason leads to the ladder, past its first rung")
    func failingActivation() {
        var link = SimulatedLink(SimulatedLink.settings())
        link.report.session.isActive = false
        link.activationFault = .refused(command: "AT+CGACT=1,1", reply: "ERROR")
        link.run(.seconds(120))
        #expect(link.rungs.first == .reregister)
        #expect(link.jobs.count { $0 == .activate } >= 3)
    }

    @Test("A modem that stops answering is reset; one that is gone is not asked to reset itself")
    func hung() {
        let recovery = RecoverySettings(rungs: [.session, .reregister, .radio, .reset, .usb, .power])
        var hung = SimulatedLink(SimulatedLink.settings(recovery: recovery))
        hung.run(.seconds(30))
        hung.fault = .timeout("AT+CSQ")
        hung.run(.seconds(200))
        #expect(hung.rungs.first == .reset)
        var gone = SimulatedLink(SimulatedLink.settings(recovery: recovery))
        gone.run(.seconds(30))
        gone.fault = .absent("no such port")
        gone.run(.seconds(200))
        #expect(gone.rungs.first == .usb)
    }

    @Test("A PIN is entered once for one card")
    func pin() {
        var link = SimulatedLink(SimulatedLink.settings(pin: "1234"))
        link.report.sim = .pinRequired
        link.run(.seconds(3600))
        #expect(link.jobs.count { $0 == .enterPIN } == 1)
        #expect(link.machine.phase == .locked(.pinRequired))
    }

    @Test("A PIN that is right opens the way to data")
    func rightPIN() {
        var link = SimulatedLink(SimulatedLink.settings(pin: "1234"))
        link.report.sim = .pinRequired
        link.run(.seconds(2))
        link.report.sim = .ready
        link.run(.seconds(30))
        #expect(link.machine.phase == .up)
    }
}
