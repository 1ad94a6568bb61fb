import SimulatedModem
import Testing

@Suite("A session")
struct SessionTests {
    @Test("has addresses of its context's type while it is active")
    func addresses() {
        var bench = Bench(.quectelSA)
        bench.connect()
        #expect(bench.lines("AT+CGACT?") == ["+CGACT: 1,1"])
        #expect(bench.lines("AT+CGPADDR=1") == ["+CGPADDR: 1,\"10.101.0.2\",\"32.1.13.184.0.1.0.0.0.0.0.0.0.0.0.2\""])
        _ = bench.ask("AT+CGPIAF=1,0,0,0")
        #expect(bench.lines("AT+CGPADDR=1") == ["+CGPADDR: 1,\"10.101.0.2\",\"2001:DB8:1:0:0:0:0:2\""])
        #expect(
            bench.lines("AT+CGCONTRDP=1")[0].hasPrefix("+CGCONTRDP: 1,5,\"internet\",\"10.101.0.2.255.255.255.0\","))
        #expect(bench.ask("AT+CGACT=0,1").result == .ok)
        #expect(bench.lines("AT+CGPADDR=1") == ["+CGPADDR: 1"])
        #expect(bench.events.filter { $0 == .session(up: true) || $0 == .session(up: false) }.count == 2)
    }

    @Test(
        "is refused with the cause of the network", arguments: [(8, 177), (29, 129), (33, 133), (31, 131), (99, 148)])
    func refusals(cause: Int, error: Int) {
        var bench = Bench(.quectelSA)
        _ = bench.ask("AT+CMEE=1")
        bench.modem.world.denial = .session(cause)
        _ = bench.ask("AT+CGDCONT=1,\"IP\",\"internet\"")
        #expect(bench.ask("AT+CGACT=1,1").text(bench.modem.format(port: 0)) == "\r\n+CME ERROR: \(error)\r\n")
        #expect(bench.modem.registration.isRegistered)
        #expect(bench.lines("AT+QNETRC?") == ["+QNETRC: \"esm_cause\",\(cause)"])
    }

    @Test("of a slice that was rejected is refused, and the report says why")
    func slices() {
        var bench = Bench(.quectelSA)
        _ = bench.ask("AT+CGDCONT=1,\"IPV4V6\",\"control\",,,,,,,,,,,,,,,\"01.D143A5\"")
        #expect(
            bench.lines("AT+CGDCONT?")
                == ["+CGDCONT: 1,\"IPV4V6\",\"control\",\"\",0,0,0,0,,,,,,,,,,\"01.D143A5\""])
        #expect(bench.ask("AT+CGACT=1,1").result == .ok)
        _ = bench.ask("AT+CGACT=0,1")
        bench.modem.world.reject(slice: "01.D143A5", cause: 1)
        #expect(bench.ask("AT+CGACT=1,1").result == .equipment(.optionNotSubscribed))
        #expect(bench.lines("AT+C5GNSSAIRDP")[0] == "+C5GNSSAIRDP: 1,\"01\",5,\"01.D143A5#1\"")
    }

    @Test("that the network takes is announced to who asked for it")
    func loss() {
        var bench = Bench(.quectelSA)
        bench.connect()
        _ = bench.ask("AT+CGEREP=2")
        bench.modem.dropSessions()
        bench.wait(1)
        #expect(bench.unsolicited() == ["+CGEV: NW PDN DEACT 1"])
        #expect(bench.lines("AT+CGACT?") == ["+CGACT: 1,0"])
        #expect(bench.modem.registration.isRegistered)
    }

    @Test("counts, sent first on most modems and received first on others")
    func counters() {
        for personality in [Personality.quectelSA, .unisoc] {
            var bench = Bench(personality)
            bench.connect()
            for _ in 0..<10 { bench.wait(1) }
            let counters = bench.modem.traffic.counters
            #expect(counters.up > counters.down && counters.down > 0)
            let figures = bench.lines("AT+QGDNRCNT?")[0].dropFirst(11).split(separator: ",").compactMap { Int($0) }
            #expect((figures[0] > figures[1]) == (personality == .quectelSA))
            _ = bench.ask("AT+QGDNRCNT=0")
            #expect(bench.modem.traffic.counters == TrafficCounters())
        }
    }

    @Test("follows the link emulator's counters once there are some")
    func emulatedCounters() {
        var traffic = Traffic()
        traffic.follow(TrafficCounters(up: 1_000, down: 500), dead: false)
        traffic.follow(TrafficCounters(up: 1_500, down: 700), dead: false)
        #expect(traffic.counters == TrafficCounters(up: 500, down: 200))
        traffic.follow(TrafficCounters(up: 1_600, down: 900), dead: true)
        #expect(traffic.counters == TrafficCounters(up: 600, down: 200))
        // An emulator that began anew.
        traffic.follow(TrafficCounters(up: 10, down: 20), dead: false)
        #expect(traffic.counters == TrafficCounters(up: 610, down: 220))
    }
}

@Suite("A dead data path")
struct DeadDataTests {
    /// What the host does on each rung, in the ladder's order.
    private func climb(_ rung: Rung, _ bench: inout Bench) {
        switch rung {
        case .pdu:
            _ = bench.ask("AT+CGACT=0,1")
            _ = bench.ask("AT+CGACT=1,1")
        case .reregister:
            _ = bench.ask("AT+COPS=2")
            _ = bench.ask("AT+COPS=0")
        case .radio:
            _ = bench.ask("AT+CFUN=0")
            _ = bench.ask("AT+CFUN=1")
        case .reset: _ = bench.ask("AT+CFUN=1,1")
        case .usb: bench.modem.reauthoriseUSB()
        case .power: bench.modem.powerCycle()
        case .slot: bench.modem.select(slot: 1)
        }
        bench.wait(1)
        bench.wait(12)
        if bench.modem.registration.isRegistered, !bench.modem.hasSession { bench.connect() }
    }

    @Test("ends at its own rung and at no other", arguments: Rung.allCases, Rung.allCases)
    func rungs(cure: Rung, tried: Rung) {
        var bench = Bench(.quectelSA)
        bench.connect()
        bench.modem.beginDeadData(curedBy: cure)
        bench.wait(1)
        #expect(bench.events.contains(.deadData(true)))
        climb(tried, &bench)
        #expect(bench.events.contains(.deadData(false)) == (cure == tried))
        #expect(bench.modem.tally.rungs[tried] == 1)
    }

    @Test("looks well in every way but one: what is sent grows, and nothing comes")
    func looks() {
        var bench = Bench(.quectelSA)
        bench.connect()
        bench.wait(5)
        let before = bench.modem.traffic.counters
        bench.modem.beginDeadData(curedBy: .radio)
        for _ in 0..<5 { bench.wait(1) }
        let after = bench.modem.traffic.counters
        #expect(after.up > before.up && after.down == before.down)
        #expect(bench.lines("AT+CGACT?") == ["+CGACT: 1,1"])
        #expect(bench.lines("AT+C5GREG?") == ["+C5GREG: 0,1"])
        #expect(bench.modem.hasSession)
    }
}
