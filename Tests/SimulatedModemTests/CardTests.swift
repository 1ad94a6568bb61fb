import SimulatedModem
import Testing

@Suite("A SIM card")
struct CardTests {
    private func locked() -> Bench {
        var card = SIMCard(iccid: "89999010000000000018", imsi: "001010000000001")
        card.asksForPIN = true
        var bench = Bench(.quectelSA, cards: [card])
        _ = bench.ask("AT+CMEE=1")
        return bench
    }

    @Test("asks for its PIN, and lets the modem register after the right one")
    func rightPIN() {
        var bench = locked()
        #expect(bench.lines("AT+CPIN?") == ["+CPIN: SIM PIN"])
        #expect(bench.ask("AT+CIMI").result == .equipment(.pinRequired))
        bench.wait(10)
        #expect(!bench.modem.registration.isRegistered)
        #expect(bench.ask("AT+CPIN=\"1234\"").result == .ok)
        #expect(bench.unsolicited() == ["+CPIN: READY"])
        bench.wait(10)
        #expect(bench.modem.registration.isRegistered)
    }

    @Test("asks for its PUK after three wrong PINs, and takes a new PIN with it")
    func wrongPIN() {
        var bench = locked()
        for attempt in 1...3 {
            #expect(bench.ask("AT+CPIN=\"0000\"").result == .equipment(.incorrectPassword), "\(attempt)")
        }
        #expect(bench.lines("AT+CPIN?") == ["+CPIN: SIM PUK"])
        #expect(bench.lines("AT+QPINC?") == ["+QPINC: \"SC\",0,10"])
        #expect(bench.ask("AT+CPIN=\"1234\"").result == .equipment(.pukRequired))
        #expect(bench.ask("AT+CPIN=\"00000000\",\"4321\"").result == .equipment(.incorrectPassword))
        #expect(bench.ask("AT+CPIN=\"12345678\",\"4321\"").result == .ok)
        #expect(bench.lines("AT+CPIN?") == ["+CPIN: READY"])
    }

    @Test("is said to be missing when it is")
    func absent() {
        var bench = Bench(.quectelSA, cards: [nil, nil])
        _ = bench.ask("AT+CMEE=1")
        for command in ["AT+CPIN?", "AT+CIMI", "AT+QCCID"] {
            #expect(bench.ask(command).text(bench.modem.format(port: 0)) == "\r\n+CME ERROR: 10\r\n")
        }
        #expect(bench.lines("AT+C5GREG?") == ["+C5GREG: 0,0"])
    }

    @Test("in the other slot is chosen with QUIMSLOT")
    func slots() {
        var bench = Bench(.quectelSA)
        bench.connect()
        #expect(bench.lines("AT+QUIMSLOT=2").isEmpty)
        #expect(bench.lines("AT+CIMI") == ["001010000000002"])
        #expect(!bench.modem.hasSession)
        bench.wait(10)
        #expect(bench.modem.registration.isRegistered)
        #expect(bench.modem.tally.rungs[.slot] == 1)
        #expect(bench.ask("AT+QUIMSLOT=3").result == .equipment(.incorrectParameters))
    }

    @Test("that is swapped loses the session and registers anew")
    func swap() {
        var bench = Bench(.quectelSA)
        bench.connect()
        bench.modem.insert(SIMCard(iccid: "89999010000000000034", imsi: "001020000000003"))
        #expect(!bench.modem.hasSession)
        #expect(bench.lines("AT+QCCID") == ["+QCCID: 89999010000000000034"])
    }

    @Test("tells its number as the card's file has it")
    func file() {
        var bench = Bench(.quectelSA)
        #expect(bench.lines("AT+CRSM=176,12258,0,0,10") == ["+CRSM: 144,0,\"98990901000000000081\""])
        #expect(bench.lines("AT+CRSM=176,28478,0,0,0") == ["+CRSM: 106,130"])
    }
}
