import SimulatedModem
import Testing

@Suite("Registration")
struct RegistrationTests {
    @Test("takes its time, and is reported as the host asked")
    func reports() {
        var bench = Bench(.quectelSA, registered: false)
        _ = bench.ask("AT+C5GREG=2")
        #expect(bench.lines("AT+C5GREG?") == ["+C5GREG: 2,2"])
        bench.wait(0.5)
        #expect(!bench.modem.registration.isRegistered)
        bench.wait(10)
        #expect(bench.unsolicited() == ["+C5GREG: 1,\"1A02\",\"5000007\",11,5,\"01:01.D143A5\""])
        _ = bench.ask("AT+C5GREG=1")
        #expect(bench.lines("AT+C5GREG?") == ["+C5GREG: 1,1"])
        #expect(bench.unsolicited().isEmpty)
    }

    @Test("is the same for the same seed, and differs with another")
    func seeds() {
        func moment(_ seed: UInt64) -> Int {
            var modem = Modem(.quectelSA, seed: seed)
            return (1...100).first { step in
                _ = modem.advance(to: Int64(step) * 100_000_000)
                return modem.registration.isRegistered
            } ?? 0
        }
        #expect(moment(1) == moment(1))
        #expect(Set((1...5).map { moment($0) }).count > 1)
    }

    @Test("is denied with its cause, and comes back when the network relents")
    func denial() {
        var bench = Bench(.quectelSA)
        bench.connect()
        _ = bench.ask("AT+C5GREG=1")
        bench.modem.world.denial = .mobility5G(7)
        bench.wait(1)
        #expect(bench.unsolicited().contains("+C5GREG: 3"))
        #expect(bench.lines("AT+QNETRC?") == ["+QNETRC: \"5gmm_cause\",7"])
        #expect(bench.lines("AT+COPS?") == ["+COPS: 0"])
        #expect(!bench.modem.hasSession)
        #expect(bench.ask("AT+CGACT=1,1").result == .equipment(.noNetworkService))
        bench.modem.world.denial = nil
        bench.wait(1)
        bench.wait(10)
        #expect(bench.lines("AT+C5GREG?") == ["+C5GREG: 1,1"])
    }

    @Test("is searched for where there is no cell, and a session outlives a short tunnel but not a long one")
    func tunnel() {
        for (length, survives) in [(20.0, true), (60.0, false)] {
            var bench = Bench(.quectelSA)
            bench.connect()
            bench.modem.world.hasNoCell = true
            bench.wait(1)
            #expect(bench.lines("AT+QENG=\"servingcell\"") == ["+QENG: \"servingcell\",\"SEARCH\""])
            #expect(bench.lines("AT+QCSQ") == ["+QCSQ: \"NOSERVICE\""])
            #expect(bench.lines("AT+C5GREG?") == ["+C5GREG: 0,2"])
            #expect(!bench.modem.hasSession)
            bench.wait(length)
            bench.modem.world.hasNoCell = false
            for _ in 0..<10 { bench.wait(0.5) }
            #expect(bench.modem.registration.isRegistered)
            #expect(bench.modem.hasSession == survives, "\(length) s")
        }
    }

    @Test("moves with the vehicle: a hand-over changes the cell and is reported")
    func handOver() {
        var modem = Modem(.quectelSA)
        _ = modem.advance(to: 10 * Bench.second)
        _ = modem.execute("AT+C5GREG=2", at: 11 * Bench.second)
        let events = modem.advance(to: 61 * Bench.second)
        #expect(events == [.unsolicited("+C5GREG: 1,\"1A0A\",\"5000020\",11,5,\"01:01.D143A5\"")])
    }

    @Test("with a foreign network is roaming")
    func roaming() {
        var bench = Bench(.generic)
        bench.modem.world.cell = Cell(id: 9, technology: .lte, network: "00102")
        bench.wait(1)
        #expect(bench.lines("AT+CEREG?") == ["+CEREG: 0,5"])
    }

    @Test("follows COPS and CFUN")
    func operatorSelection() {
        var bench = Bench(.quectelSA)
        #expect(bench.ask("AT+COPS=2").result == .ok)
        #expect(bench.lines("AT+C5GREG?") == ["+C5GREG: 0,0"])
        #expect(bench.lines("AT+COPS?") == ["+COPS: 2"])
        #expect(bench.ask("AT+COPS=0").result == .ok)
        bench.wait(10)
        #expect(bench.lines("AT+COPS=3,2").isEmpty)
        #expect(bench.lines("AT+COPS?") == ["+COPS: 0,2,\"00101\",11"])
        #expect(bench.ask("AT+COPS=1,2,\"00109\"").result == .ok)
        bench.wait(10)
        #expect(!bench.modem.registration.isRegistered)
        let list = bench.ask("AT+COPS=?")
        #expect(list.lines.count == 1 && list.delay > Bench.second)
        #expect(bench.ask("AT+CFUN=4").result == .ok)
        #expect(bench.lines("AT+CFUN?") == ["+CFUN: 4"])
    }

    @Test("is lost in a reset, whose end is announced by RDY")
    func reset() {
        var bench = Bench(.quectelSA)
        _ = bench.ask("ATE0")
        #expect(bench.ask("AT+CFUN=1,1").result == .ok)
        bench.wait(1)
        #expect(bench.events.contains(.portsGone))
        #expect(bench.ask("AT") == .silence)
        bench.wait(10)
        #expect(bench.events.contains(.portsBack))
        #expect(bench.unsolicited() == ["RDY", "+CFUN: 1", "+CPIN: READY"])
        #expect(bench.modem.ports[0].echo)
        #expect(bench.lines("AT+CCLK?")[0].hasPrefix("+CCLK: \"80/01/06,"))
    }
}
