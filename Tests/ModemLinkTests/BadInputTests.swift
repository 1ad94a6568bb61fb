import FieldGateTesting
import FieldModel
import Glibc
import ModemLink
import PeerTesting
import Platform
import Testing

@Suite("A modem that misbehaves", .timeLimit(.minutes(5)))
struct BadInputTests {
    private static let plant = SessionSettings(accessPoint: "plant", slice: nil)

    @Test func `echo, though it was switched off, is no answer`() throws {
        let pair = try Pair()
        for command in ["AT+CGMI", "AT+CGSN", "AT+CPIN?", "AT+QCCID"] {
            guard case .say(let bytes)? = pair.personality[command]?.first else { continue }
            pair.personality[command] = [.say(Array("\(command)\r".utf8) + bytes)]
        }
        let report = try pair.modem.identify()
        #expect(report.identity.manufacturer == "Quectel")
        #expect(report.identity.imei == Personality.imei)
        #expect(report.identity.iccid == "89860000000000000001")
    }

    @Test func `what comes unasked in the middle of an answer is told apart`() throws {
        let pair = try Pair([
            "AT+C5GREG?": [
                .say("\r\n+C5GREG: 5,\"0000A2\",\"000123452\",11\r\n\r\n+C5GREG: 2,1,\"0000A1\",\"000123451\",11\r\n"),
                .say("\r\nRING\r\n\r\n+CMT: ,24\r\n07911326040000F0\r\n\r\nOK\r\n"),
            ],
            "AT+CGMM": [.say("\r\nRING\r\n\r\nRM500Q-GL\r\n\r\n+CGEV: NW PDN DEACT 1\r\n\r\nOK\r\n")],
        ])
        let report = try pair.modem.observe()
        #expect(report.identity.model == "RM500Q-GL")
        #expect(report.registration == .home)
        #expect(report.cell?.area == 0xA1)
        #expect(
            pair.modem.takeNotices() == [
                .incoming("call"), .sessionLost, .registration(.roaming), .incoming("call"), .incoming("short message"),
            ])
    }

    @Test func `an answer that comes too late is never taken for the next`() throws {
        let pair = try Pair(profile: try Personality.profile(command: .milliseconds(300)))
        _ = try pair.modem.identify()
        let qcsq = "AT+CPIN?"
        pair.personality[qcsq] = []
        #expect(throws: ModemFault.self) { try pair.modem.identify() }
        // The late answer comes when the modem is spoken to again: before the answer to that.
        pair.personality[qcsq] = [.reply("+CPIN: READY")]
        pair.personality["AT+CMEE?"] = [.say("\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n"), .reply("+CMEE: 1")]
        let report = try pair.modem.identify()
        #expect(report.sim == .ready)
        #expect(report.identity.iccid == "89860000000000000001")
    }

    @Test func `a modem without the marker question is brought back by silence`() throws {
        let pair = try Pair(["AT+CMEE?": [.error]], profile: try Personality.profile(command: .milliseconds(300)))
        _ = try pair.modem.identify()
        pair.personality["AT+CPIN?"] = []
        #expect(throws: ModemFault.self) { try pair.modem.identify() }
        pair.personality["AT+CPIN?"] = [.reply("+CPIN: READY")]
        pair.personality["AT"] = [.say("\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n"), .ok]
        #expect(try pair.modem.identify().sim == .ready)
    }

    @Test func `an answer cut short is a timeout, and the next is whole`() throws {
        let pair = try Pair(profile: try Personality.profile(command: .milliseconds(300)))
        _ = try pair.modem.identify()
        pair.personality["AT+COPS?"] = [.say("\r\n+COPS: 0,2,\"001")]
        #expect(throws: ModemFault.self) { try pair.modem.observe() }
        pair.personality["AT+COPS?"] = [.reply("+COPS: 0,2,\"00101\",11")]
        #expect(try pair.modem.observe().cell?.network == "00101")
    }

    @Test func `ten megabytes without a line's end do not hang, and the answer after them counts`() throws {
        let pair = try Pair()
        _ = try pair.modem.identify()
        let noise = [UInt8](repeating: 0xA5, count: 10_000_000)
        pair.personality["AT+CGMR"] = [.say(noise), .say("\r\nOK\r\n")]
        pair.personality["AT+CPIN?"] = [.say(noise), .reply("+CPIN: READY")]
        #expect(try pair.modem.identify().sim == .ready)
    }

    @Test func `noise without end is a timeout`() throws {
        let pair = try Pair(profile: try Personality.profile(command: .milliseconds(300)))
        _ = try pair.modem.identify()
        pair.personality["AT+CPIN?"] = [.drone]
        #expect(throws: ModemFault.self) { try pair.modem.identify() }
    }

    @Test func `bytes that are no text are read past`() throws {
        let pair = try Pair([
            "AT+CPIN?": [.say([0, 0xFF, 0xFE, 1, 13, 10, 0xC3, 13] + Array("\r\n+CPIN: READY\r\n\r\nOK\r\n".utf8))]
        ])
        #expect(try pair.modem.identify().sim == .ready)
    }

    @Test func `numbers that are not there are nil`() throws {
        let pair = try Pair([
            "AT+QENG=\"servingcell\"": [
                .reply("+QENG: \"servingcell\",\"NOCONN\",\"NR5G-SA\",\"TDD\",-,-,-,-,-,-,-,-,-,-,-,-,-")
            ],
            "AT+QCSQ": [.reply("+QCSQ: \"NR5G\",-,-,-")],
            "AT+CESQ": [.reply("+CESQ: 99,99,255,255,255,255,255,255,255")],
            "AT+QGDCNT?": [.reply("+QGDCNT: -,-")], "AT+QGDNRCNT?": [.error], "AT+QTEMP": [.reply("+QTEMP: -")],
            "AT+CCLK?": [.reply("+CCLK: \"80/01/06,00:00:00+00\"")],
        ])
        let report = try pair.modem.observe()
        #expect(report.signal == SignalReading())
        #expect(report.counters == nil)
        #expect(report.temperature == nil)
        #expect(report.networkTime == nil)
        #expect(report.cell?.cell == 0x123451)
    }

    @Test func `a port that returns under another name is found again by its IMEI`() throws {
        let pair = try Pair()
        _ = try pair.modem.identify()
        pair.peer.vanish()
        #expect(throws: ModemFault.self) { try pair.modem.observe() }
        let stranger = try ScriptedModem(
            at: pair.folder.path("port0"), Personality(["AT+CGSN": [.reply("004999010640018")]]).script)
        try pair.peer.appear(at: pair.folder.path("port7"))
        #expect(try pair.modem.observe().registration == .home)
        #expect(pair.modem.port.hasSuffix("port7"))
        stranger.stop()
    }

    @Test func `a port that went away while nobody asked is opened anew without a fault`() throws {
        let pair = try Pair()
        _ = try pair.modem.identify()
        pair.peer.vanish()
        try pair.peer.appear(at: pair.folder.path("port1"))
        #expect(try pair.modem.observe().registration == .home)
    }

    @Test func `another modem on the port is refused`() throws {
        let pair = try Pair(imei: "004999010640018")
        let fault = #expect(throws: ModemFault.self) { try pair.modem.identify() }
        #expect("\(String(describing: fault))".contains("is another one (IMEI ending in 0000, not in 0018)"))
    }

    @Test func `a port somebody else holds names whom to look for`() throws {
        let pair = try Pair()
        _ = try pair.modem.identify()
        let second = ATModem(
            ATModem.Settings(ports: [pair.folder.path("port0")], profiles: [.generic]),
            time: SystemTime(source: .system))
        let fault = #expect(throws: ModemFault.self) { try second.identify() }
        #expect("\(String(describing: fault))".contains("systemctl stop ModemManager"))
    }

    @Test func `a port in exclusive use is left alone, also by the superuser`() throws {
        let pair = try Pair()
        let descriptor = open(pair.folder.path("port0"), O_RDWR | O_NOCTTY)
        _ = ioctl(descriptor, UInt(TIOCEXCL))
        let fault = #expect(throws: ModemFault.self) { try pair.modem.identify() }
        #expect("\(String(describing: fault))".contains("is held by another process"))
        _ = ioctl(descriptor, UInt(TIOCNXCL))
        close(descriptor)
        #expect(try pair.modem.identify().sim == .ready)
    }

    @Test func `a port that is not there says where to look`() throws {
        let modem = ATModem(
            ATModem.Settings(ports: ["/nonexistent/port*"], profiles: [.generic]), time: SystemTime(source: .system))
        let fault = #expect(throws: ModemFault.self) { try modem.identify() }
        #expect("\(String(describing: fault))".contains("ls -l /dev/serial/by-id"))
    }

    @Test func `a reset waits for the modem to come back, and tells it everything again`() throws {
        let pair = try Pair(["AT+CFUN=1,1": [.ok, .say("\r\nRDY\r\n\r\n+CPIN: READY\r\n")]])
        try pair.modem.perform(.reset, Self.plant)
        #expect(pair.peer.commands.suffix(6).contains("AT+C5GREG=2"))
        #expect(pair.modem.takeNotices().contains(.restarted))
    }

    @Test func `a reset in which the port goes away waits for it`() async throws {
        let pair = try Pair(["AT+CFUN=1,1": [.ok, .vanish]])
        let (peer, path) = (pair.peer, pair.folder.path("port3"))
        let helper = try OwnerThread(name: "return") {
            while !peer.commands.contains("AT+CFUN=1,1") { Pausing.briefly() }
            try? peer.appear(at: path)
        }
        try pair.modem.perform(.reset, Self.plant)
        helper.join()
        #expect(pair.modem.port.hasSuffix("port3"))
        #expect(try pair.modem.observe().registration == .home)
    }

    @Test func `a restart nobody asked for is noticed, and the set-up repeated`() throws {
        let pair = try Pair()
        _ = try pair.modem.identify()
        let before = pair.peer.commands.filter { $0 == "AT+C5GREG=2" }.count
        pair.peer.say("\r\nRDY\r\n")
        _ = try pair.modem.observe()
        #expect(pair.modem.takeNotices().contains(.restarted))
        #expect(pair.peer.commands.filter { $0 == "AT+C5GREG=2" }.count == before + 1)
    }

    @Test func `a PIN is in no message, and a wrong one costs one attempt`() throws {
        let pair = try Pair([
            "AT+CPIN?": [.reply("+CPIN: SIM PIN")], "AT+CPIN=\"1234\"": [.say("\r\n+CME ERROR: 16\r\n")],
        ])
        #expect(throws: ModemFault.refused(command: "AT+CPIN=****", reply: "+CME ERROR: 16")) {
            try pair.modem.enter(pin: "1234")
        }
        #expect(throws: ModemFault.self) { try pair.modem.enter(pin: "12a4") }
        #expect(pair.peer.commands.filter { $0.hasPrefix("AT+CPIN=") }.count == 1)
        pair.personality["AT+CPIN?"] = [.reply("+CPIN: SIM PUK")]
        #expect(throws: ModemFault.self) { try pair.modem.enter(pin: "1234") }
        #expect(pair.peer.commands.filter { $0.hasPrefix("AT+CPIN=") }.count == 1)
    }

    @Test func `counters that stand the other way round are found out`() throws {
        var profile = try Personality.profile("unisoc-5g")
        profile.matches = []
        let pair = try Pair(profile: profile)
        #expect(try pair.modem.observe().counters == nil)
        try pair.modem.calibrate(hostUp: 0, hostDown: 0)
        pair.personality["AT+QGDCNT?"] = [.reply("+QGDCNT: 21000,1002000")]
        try pair.modem.calibrate(hostUp: 990_000, hostDown: 19_000)
        #expect(try pair.modem.observe().counters == ModemCounters(up: 1_002_000, down: 21_000))
    }
}

enum Pausing {
    static func briefly() {
        Monitor(()).withLock { _ in }
        var waited = false
        Monitor(()).wait { _ in
            defer { waited = true }
            return waited ? .done(()) : .pause(.milliseconds(5))
        }
    }
}
