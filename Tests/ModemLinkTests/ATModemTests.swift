import FieldModel
import ModemLink
import Testing

@Suite("A Quectel 5G modem on its AT port", .timeLimit(.minutes(5)))
struct ATModemTests {
    @Test func `says who it is and what card it holds`() throws {
        let pair = try Pair()
        let report = try pair.modem.identify()
        #expect(report.identity.manufacturer == "Quectel")
        #expect(report.identity.model == "RM500Q-GL")
        #expect(report.identity.imei == Personality.imei)
        #expect(report.identity.iccid == "89860000000000000001")
        #expect(report.identity.imsi == "001010123456789")
        #expect(report.sim == .ready)
        #expect(report.slot == 1)
    }

    @Test func `tells in one round all that changes`() throws {
        let pair = try Pair()
        let report = try pair.modem.observe()
        #expect(report.registration == .home)
        #expect(report.radio == .nrSA)
        #expect(report.cell?.network == "00101")
        #expect(report.cell?.area == 0xA1)
        #expect(report.cell?.cell == 0x123451)
        #expect(report.cell?.physicalCell == 321)
        #expect(report.cell?.channel == 633_984)
        #expect(report.cell?.band == 78)
        #expect(report.cell?.bandwidth == 100)
        #expect(report.signal.rsrp == -84)
        #expect(report.signal.rsrq == -11)
        #expect(report.signal.sinr == 21)
        #expect(report.session.isActive)
        #expect(report.session.addresses == ["10.64.3.2"])
        #expect(report.session.allowedSlices == [NetworkSlice(serviceType: 1, differentiator: 1)])
        #expect(report.session.rejectedSlices == [NetworkSlice(serviceType: 2, differentiator: 2)])
        #expect(report.counters == ModemCounters(up: 1010, down: 2020))
        #expect(report.temperature == 47)
        #expect(report.networkTime?.iso8601 == "2026-11-20T08:00:00.000Z")
        #expect(report.identity.imei == Personality.imei)
        #expect(report.identity.iccid == "89860000000000000001")
        #expect(report.reject == nil)
    }

    @Test func `brings a session up in the slice that is wanted`() throws {
        let pair = try Pair()
        try pair.modem.activate(
            SessionSettings(accessPoint: "plant", slice: NetworkSlice(serviceType: 1, differentiator: 1)))
        #expect(
            pair.peer.commands.suffix(2) == [
                "AT+CGDCONT=1,\"IPV4V6\",\"plant\",,,,,,,,,,,,,,,\"01.000001\"", "AT+CGACT=1,1",
            ])
    }

    @Test func `an access point that is no name never reaches the modem`() throws {
        let pair = try Pair()
        #expect(throws: ModemFault.self) {
            try pair.modem.activate(SessionSettings(accessPoint: "x\"\rAT+CFUN=0", slice: nil))
        }
        #expect(pair.peer.commands.isEmpty)
    }

    @Test func `a session the network refuses leaves its cause in the next report`() throws {
        let pair = try Pair([
            "AT+CGACT=1,1": [.say("\r\n+CME ERROR: 133\r\n")], "AT+CGACT?": [.reply("+CGACT: 1,0")],
        ])
        _ = try pair.modem.observe()
        #expect(throws: ModemFault.refused(command: "AT+CGACT=1,1", reply: "+CME ERROR: 133")) {
            try pair.modem.activate(SessionSettings(accessPoint: "plant", slice: nil))
        }
        #expect(try pair.modem.observe().reject == RejectCause(layer: .session5G, code: 33))
        pair.personality["AT+CGACT?"] = [.reply("+CGACT: 1,1")]
        #expect(try pair.modem.observe().reject == nil)
    }

    @Test func `a denied registration brings the modem's own cause`() throws {
        let pair = try Pair([
            "AT+C5GREG?": [.reply("+C5GREG: 2,3")], "AT+CEREG?": [.reply("+CEREG: 2,2")],
            "AT+COPS?": [.reply("+COPS: 0")],
            "AT+QNETRC?": [.reply("+QNETRC: \"5gmm_cause\",7", "+QNETRC: \"5gsm_cause\",0")],
            "AT+QENG=\"servingcell\"": [.reply("+QENG: \"servingcell\",\"SEARCH\"")],
            "AT+CGACT?": [.reply("+CGACT: 1,0")],
        ])
        let report = try pair.modem.observe()
        #expect(report.registration == .denied)
        #expect(report.reject == RejectCause(layer: .mobility5G, code: 7))
        #expect(report.cell == nil)
        #expect(report.signal.rsrp == nil)
    }

    @Test(arguments: [
        (RecoveryRung.session, ["AT+CGACT=0,1", "AT+CGDCONT=1,\"IPV4V6\",\"plant\"", "AT+CGACT=1,1"]),
        (.reregister, ["AT+COPS=2", "AT+COPS=0"]), (.radio, ["AT+CFUN=0", "AT+CFUN=1"]),
        (.slot, ["AT+QUIMSLOT?", "AT+QUIMSLOT=2"]),
    ])
    func `climbs a rung`(_ rung: RecoveryRung, _ commands: [String]) throws {
        let pair = try Pair()
        try pair.modem.perform(rung, SessionSettings(accessPoint: "plant", slice: nil))
        #expect(pair.peer.commands.suffix(commands.count) == commands)
    }

    @Test(arguments: [RecoveryRung.usb, .power, .host])
    func `leaves to others what is not done through its port`(_ rung: RecoveryRung) throws {
        let pair = try Pair()
        #expect(throws: ModemFault.unsupported("\(rung.name) is not done through the modem's port")) {
            try pair.modem.perform(rung, SessionSettings(accessPoint: "plant", slice: nil))
        }
    }

    @Test func `says what happened unasked, in order and bounded`() throws {
        let pair = try Pair()
        _ = try pair.modem.identify()
        pair.peer.say(
            "\r\n+C5GREG: 3\r\n\r\n+CGEV: NW DETACH\r\n\r\n+CMTI: \"SM\",3\r\n\r\nRING\r\n\r\n+CPIN: NOT INSERTED\r\n")
        _ = try pair.modem.observe()
        #expect(
            pair.modem.takeNotices() == [
                .registration(.denied), .sessionLost, .incoming("short message"), .incoming("call"), .sim(.absent),
            ])
        pair.peer.say((0..<300).map { "\r\n+NOISE: \($0)\r\n" }.joined())
        _ = try pair.modem.observe()
        let notices = pair.modem.takeNotices()
        #expect(notices.count == 65)
        #expect(notices.last == .other("236 notices found no room and were dropped"))
    }
}
