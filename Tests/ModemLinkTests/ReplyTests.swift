import FieldModel
import ModemLink
import Testing

@Suite("A reply is read in every form modems give it")
struct ReplyTests {
    @Test(arguments: [
        (["004999010640000"], "004999010640000"), (["+CGSN: \"004999010640000\""], "004999010640000"),
        (["+CGSN: 004999010640000"], "004999010640000"), (["\"004999010640000\""], "004999010640000"),
        (["SN 77", "004999010640000"], "004999010640000"), (["00499901064000"], ""), ([], ""),
    ])
    func imei(_ lines: [String], _ imei: String) {
        #expect(IdentityReply.imei(lines) == imei)
    }

    @Test(arguments: [
        ("+QCCID: 89860000000000000001", "89860000000000000001"),
        ("+ICCID: \"8986000000000000001F\"", "8986000000000000001"),
        ("8986000000000000001f", "8986000000000000001"), ("+CCID: 98680000000000000010", "89860000000000000001"),
        ("+CCID: 9868000000000000001F", ""), ("98680000000000000021F3", ""), ("+CCID: ", ""), ("+CCID: 898600", ""),
        ("+CCID: 986800000000000000F1", "8986000000000000001"),
    ])
    func iccid(_ line: String, _ iccid: String) {
        #expect(IdentityReply.iccid([line]) == iccid)
    }

    @Test(arguments: [
        ("+CPIN: READY", SIMState.ready), ("+CPIN: SIM PIN", .pinRequired), ("+CPIN: SIM PUK", .pukRequired),
        ("+CPIN: SIM PIN2", .ready), ("+CPIN: NOT INSERTED", .absent), ("+CPIN: PH-NET PIN", .unknown),
    ])
    func sim(_ line: String, _ state: SIMState) {
        #expect(IdentityReply.sim([line]) == state)
    }

    @Test(arguments: [
        ("+CME ERROR: 10", SIMState.absent), ("+CME ERROR: SIM not inserted", .absent), ("+CME ERROR: 14", .busy),
        ("ERROR", .unknown),
    ])
    func simRefusal(_ line: String, _ state: SIMState) {
        #expect(IdentityReply.sim(refusal: line) == state)
    }

    @Test(arguments: [
        ("+CEREG: 0,1", true, Registration.home, UInt32?.none, UInt64?.none, RadioAccess?.none),
        ("+CEREG: 1", false, .home, nil, nil, nil),
        ("+CEREG: 2,5,\"1A2B\",\"0A1B2C3\",7", true, .roaming, 0x1A2B, 0xA1B2C3, .lte),
        ("+CEREG: 5,\"1A2B\",\"0A1B2C3\",13", false, .roaming, 0x1A2B, 0xA1B2C3, .nrNSA),
        ("+CREG: 2,1,1A2B,0A1B", true, .home, 0x1A2B, 0xA1B, nil),
        ("+C5GREG: 2,1,\"0000A1\",\"000123451\",11,8,\"01.000001\"", true, .home, 0xA1, 0x123451, .nrSA),
        ("+C5GREG: 2,0", true, .idle, nil, nil, nil), ("+CEREG: 2,8", true, .searching, nil, nil, nil),
        ("+CEREG: 2,4", true, .unknown, nil, nil, nil), ("+CEREG: 2,3,-,-,-", true, .denied, nil, nil, nil),
    ])
    func registration(
        _ line: String, _ isAnswer: Bool, _ state: Registration, _ area: UInt32?, _ cell: UInt64?, _ radio: RadioAccess?
    ) throws {
        let reply = try #require(RegistrationReply(line, isAnswer: isAnswer))
        #expect(RegistrationReply.isAnswer(line) == isAnswer)
        #expect(reply.state == state)
        #expect(reply.area == area)
        #expect(reply.cell == cell)
        #expect(reply.radio == radio)
    }

    @Test func `a cause of the standard comes with the registration in mode 3`() throws {
        #expect(
            RegistrationReply("+CEREG: 3,3,,,,0,15", isAnswer: true)?.reject
                == RejectCause(layer: .mobility4G, code: 15))
        #expect(RegistrationReply("+CEREG: 3,,,,0,15", isAnswer: false)?.reject?.code == 15)
        #expect(RegistrationReply("+CEREG: 3,3,,,,1,15", isAnswer: true)?.reject == nil)
        #expect(
            RegistrationReply("+C5GREG: 3,3,,,,,,0,27", isAnswer: true)?.reject
                == RejectCause(layer: .mobility5G, code: 27))
    }

    @Test(arguments: [
        ("+COPS: 0,2,\"46011\",11", "46011", RadioAccess?.some(.nrSA)), ("+COPS: 0,2,\"46011\",7", "46011", .lte),
        ("+COPS: 0,2,\"46011\",13", "46011", .nrNSA), ("+COPS: 0", "", nil), ("+COPS: 0,0,\"Test Mobile\",7", "", .lte),
    ])
    func network(_ line: String, _ code: String, _ radio: RadioAccess?) {
        let reply = RegistrationReply.network([line])
        #expect(reply.code == code)
        #expect(reply.radio == radio)
    }

    @Test func `signal comes as CSQ, CESQ, QCSQ and QRSRP`() {
        #expect(SignalReply.read(["+CSQ: 20,99"]).rssi == -73)
        #expect(SignalReply.read(["+CSQ: 99,99"]) == SignalReading())
        let lte = SignalReply.read(["+CESQ: 99,99,255,255,20,56"])
        #expect(lte.rsrq == -10)
        #expect(lte.rsrp == -85)
        let nr = SignalReply.read(["+CESQ: 99,99,255,255,255,255,65,73,87"])
        #expect(nr.rsrq == -11)
        #expect(nr.rsrp == -84)
        #expect(nr.sinr == 20)
        let word = SignalReply.read(["+QCSQ: \"NR5G\",-84,21,-11"])
        #expect(word.rsrp == -84)
        #expect(word.sinr == 21)
        #expect(word.rsrq == -11)
        #expect(SignalReply.read(["+QCSQ: \"LTE\",-60,-85,150,-10"]).sinr == 10)
        #expect(SignalReply.read(["+QCSQ: \"NOSERVICE\""]) == SignalReading())
        #expect(SignalReply.read(["+QRSRP: -90,-84,-140,-32768,NR5G"]).rsrp == -84)
        #expect(SignalReply.read(["+QRSRP: -140,-32768,-32768,-32768,NR5G"]).rsrp == nil)
    }

    @Test func `the serving cell of LTE comes in one line`() throws {
        let profile = try #require(try Personality.shipped("quectel-5g").cell)
        let line =
            "+QENG: \"servingcell\",\"CONNECT\",\"LTE\",\"FDD\",460,01,5F1EA15,12,1650,3,5,5,DE10,-100,-12,-68,11,0,-,20"
        let reply = CellReply([line], profile: profile)
        #expect(reply.radio == .lte)
        #expect(reply.cell?.network == "46001")
        #expect(reply.cell?.cell == 0x5F1EA15)
        #expect(reply.cell?.area == 0xDE10)
        #expect(reply.cell?.physicalCell == 12)
        #expect(reply.cell?.channel == 1650)
        #expect(reply.cell?.band == 3)
        #expect(reply.cell?.bandwidth == 20)
        #expect(reply.signal.rsrp == -100)
        #expect(reply.signal.rsrq == -12)
        #expect(reply.signal.rssi == -68)
        #expect(reply.signal.sinr == 11)
        #expect(reply.anchor == nil)
    }

    @Test func `the serving cells of EN-DC come in three lines, with SINR before RSRQ in the last`() throws {
        let profile = try #require(try Personality.shipped("quectel-5g").cell)
        let reply = CellReply(
            [
                "+QENG: \"servingcell\",\"NOCONN\"",
                "+QENG: \"LTE\",\"FDD\",460,01,5F1EA15,12,1650,3,5,5,DE10,-100,-12,-68,11,0,-,20",
                "+QENG: \"NR5G-NSA\",460,01,747,-71,13,-11,627264,78,12,1",
            ], profile: profile)
        #expect(reply.radio == .nrNSA)
        #expect(reply.cell?.cell == 0x5F1EA15)
        #expect(reply.signal.rsrp == -71)
        #expect(reply.signal.sinr == 13)
        #expect(reply.signal.rsrq == -11)
        #expect(reply.anchor?.rsrp == -100)
    }

    @Test func `the bandwidth is an index with one maker and megahertz with another`() throws {
        let line =
            "+QENG: \"servingcell\",\"NOCONN\",\"NR5G-SA\",\"TDD\",460,01,123451,321,A1,633984,78,%,-84,-11,21,1,-"
        func width(_ profile: String, _ field: String) throws -> Double? {
            let parts = line.split(separator: "%")
            return CellReply(
                [parts.joined(separator: field)], profile: try #require(try Personality.shipped(profile).cell)
            ).cell?.bandwidth
        }
        #expect(try width("quectel-5g", "12") == 100)
        #expect(try width("unisoc-5g", "100") == 100)
        #expect(try width("quectel-5g", "99") == nil)
    }

    @Test func `addresses come as numbers with dots or as IPv6`() {
        #expect(
            SessionReply.addresses(["+CGPADDR: 1,\"10.64.3.2\",\"2001:db8::1\""], context: 1) == [
                "10.64.3.2", "2001:db8::1",
            ])
        #expect(
            SessionReply.addresses(["+CGPADDR: 1,32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1"], context: 1)
                == ["2001:db8:0:0:0:0:0:1"])
        #expect(SessionReply.addresses(["+CGPADDR: 1,\"0.0.0.0\""], context: 1) == [])
        #expect(SessionReply.addresses(["+CGPADDR: 2,\"10.0.0.1\""], context: 1) == [])
        #expect(SessionReply.addresses(["+CGPADDR: 1"], context: 1) == [])
    }

    @Test func `a context that is not told is not known to be up`() {
        #expect(SessionReply.isActive(["+CGACT: 1,1", "+CGACT: 2,0"], context: 1) == true)
        #expect(SessionReply.isActive(["+CGACT: 1,1", "+CGACT: 2,0"], context: 2) == false)
        #expect(SessionReply.isActive(["+CGACT: 2,0"], context: 1) == nil)
    }

    @Test(arguments: [
        ("+CCLK: \"26/11/20,16:00:00+32\"", "2026-11-20T08:00:00.000Z"),
        ("+CCLK: \"26/11/20,02:15:00-23\"", "2026-11-20T08:00:00.000Z"),
        ("+CCLK: \"26/11/20,08:00:00\"", "2026-11-20T08:00:00.000Z"), ("+CCLK: \"80/01/06,00:00:00+00\"", nil),
        ("+CCLK: \"26/13/20,08:00:00+00\"", nil), ("+CCLK: \"26/11/20,08:00:00+99\"", nil), ("+CCLK: \"\"", nil),
    ])
    func clock(_ line: String, _ stamp: String?) {
        #expect(SessionReply.clock([line])?.iso8601 == stamp)
    }

    @Test func `the hottest sensor counts, in one line or many`() {
        #expect(SessionReply.temperature(["+QTEMP: 35,33,32"], of: "AT+QTEMP") == 35)
        #expect(
            SessionReply.temperature(
                ["+QTEMP:\"soc\",\"41.5\"", "+QTEMP:\"pa\",\"38.5\"", "+QTEMP:\"mmw\",\"-\""], of: "AT+QTEMP")
                == 41.5)
        #expect(SessionReply.temperature(["+QTEMP: -273"], of: "AT+QTEMP") == nil)
    }

    @Test func `a slice that was rejected carries a cause`() {
        let report = SliceReply.report([
            "+C5GNSSAIRDP: 1,\"01\",5,\"01.0A0B0C#0:02#1\"",
            "+C5GNSSAIRDP: \"46011\",4,\"01.000001:03\",4,\"01.000001\"",
        ])
        #expect(report.allowed == [NetworkSlice(serviceType: 1, differentiator: 1)])
        #expect(
            report.rejected == [
                NetworkSlice(serviceType: 1, differentiator: 0x0A0B0C),
                NetworkSlice(serviceType: 2, differentiator: nil),
            ])
        #expect(SliceReply.text(NetworkSlice(serviceType: 1, differentiator: 0x19CDE0)) == "01.19cde0")
        #expect(SliceReply.text(NetworkSlice(serviceType: 128, differentiator: nil)) == "80")
    }

    @Test(arguments: [
        (["+QNETRC: \"5gmm_cause\",7"], RejectCause?.some(RejectCause(layer: .mobility5G, code: 7))),
        (["+QNETRC: \"5gmm_cause\",0", "+QNETRC: \"esm_cause\",33"], RejectCause(layer: .session4G, code: 33)),
        (["+QNETRC: \"5gmm_cause\",0"], nil), (["+QNETRC: \"other\",5"], nil), ([], nil),
    ])
    func reject(_ lines: [String], _ cause: RejectCause?) {
        #expect(RejectReply.vendor(lines, command: "AT+QNETRC?") == cause)
    }

    @Test func `a refusal of a session stands for a cause of the network's layer`() {
        #expect(RejectReply.cause(of: "+CME ERROR: 133", radio: .nrSA) == RejectCause(layer: .session5G, code: 33))
        #expect(RejectReply.cause(of: "+CME ERROR: 107", radio: .lte) == RejectCause(layer: .mobility4G, code: 7))
        #expect(RejectReply.cause(of: "+CME ERROR: 30", radio: .lte) == nil)
        #expect(RejectReply.cause(of: "ERROR", radio: .lte) == nil)
    }

    @Test func `which counter is which is decided once the growth tells`() {
        var order = CounterOrder(.calibrate)
        order.note(first: 0, second: 0, hostUp: 0, hostDown: 0)
        order.note(first: 90_000, second: 10, hostUp: 80_000, hostDown: 0)
        #expect(order.order == nil)
        order.note(first: 500_000, second: 400_000, hostUp: 450_000, hostDown: 380_000)
        #expect(order.order == nil)
        order.note(first: 5_000_000, second: 500_000, hostUp: 4_900_000, hostDown: 480_000)
        #expect(order.order == .upDown)
    }

    @Test func `the shipped core is the one that is built in`() throws {
        #expect(try Personality.shipped("generic-27007") == ModemProfile.generic)
    }

    @Test func `a modem's own words choose its profile`() throws {
        let profiles = try ["unisoc-5g", "quectel-5g", "generic-27007"].map { try Personality.shipped($0) }
        #expect(ModemProfile.choose(profiles, manufacturer: "Quectel", model: "RM520N-GL").id == "quectel-5g")
        #expect(ModemProfile.choose(profiles, manufacturer: "Quectel", model: "RG200U-CN").id == "unisoc-5g")
        #expect(ModemProfile.choose(profiles, manufacturer: "Somebody", model: "X1").id == "generic-27007")
        #expect(ModemProfile.choose([], manufacturer: "Somebody", model: "X1") == .generic)
    }
}
