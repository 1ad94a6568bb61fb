import SimulatedModem
import Testing

/// A command and what its reply looks like on one personality; no lines for a modem that does not know it.
struct Form: CustomTestStringConvertible, Sendable {
    var personality: Personality
    var command: String
    /// Patterns, one for each line.
    var lines: [String]?

    var testDescription: String { "\(personality.rawValue): \(command)" }

    static func on(_ personality: Personality, _ rows: KeyValuePairs<String, [String]?>) -> [Form] {
        rows.map { Form(personality: personality, command: $0.key, lines: $0.value) }
    }

    static let quectelSA = on(
        .quectelSA,
        [
            "ATI": ["Quectel", "RG520N-SIM", "Revision: RG520NSIMR03A01M4G"], "AT+CGMI": ["Quectel"],
            "AT+CGMM": ["RG520N-SIM"], "AT+CGMR": ["RG520NSIMR03A01M4G"], "AT+CGSN": [#"\d{15}"#],
            "AT+CIMI": ["001010000000001"], "AT+QCCID": [#"\+QCCID: 89999010000000000018"#], "AT+CCID": nil,
            "AT+ICCID": nil, "AT+CPIN?": [#"\+CPIN: READY"#], "AT+CSQ": [#"\+CSQ: 99,99"#],
            "AT+CESQ": [#"\+CESQ: 99,99,255,255,255,255,\d+,\d+,\d+"#],
            "AT+QCSQ": [#"\+QCSQ: "NR5G",-\d+,\d+,-\d+"#], "AT+QRSRP": [#"\+QRSRP: -\d+,-\d+,-32768,-32768,NR5G"#],
            "AT+QENG=\"servingcell\"": [
                #"\+QENG: "servingcell","NOCONN","NR5G-SA","TDD",001,01,5000007,270,1A02,627264,78,12,-\d+,-11,\d+,1,-"#
            ],
            "AT+CREG?": [#"\+CREG: 0,1"#], "AT+CGREG?": [#"\+CGREG: 0,4"#], "AT+CEREG?": [#"\+CEREG: 0,4"#],
            "AT+C5GREG?": [#"\+C5GREG: 0,1"#], "AT+COPS?": [#"\+COPS: 0,0,"Test Mobile",11"#],
            "AT+QNETRC?": [#"\+QNETRC: "5gmm_cause",0"#], "AT+CGATT?": [#"\+CGATT: 1"#],
            "AT+C5GNSSAI?": [#"\+C5GNSSAI: 5,"01:01.D143A5""#],
            "AT+C5GNSSAIRDP": [
                #"\+C5GNSSAIRDP: 1,"01""#, #"\+C5GNSSAIRDP: "00101",5,"01:01.D143A5",5,"01:01.D143A5""#,
            ],
            "AT+QGDCNT?": [#"\+QGDCNT: 0,0"#], "AT+QGDNRCNT?": [#"\+QGDNRCNT: \d+,\d+"#],
            "AT+CCLK?": [#"\+CCLK: "27/01/15,16:00:10\+32""#],
            "AT+QTEMP": [
                #"\+QTEMP: "modem-lte-sub6-pa1","\d+""#, #"\+QTEMP: "modem-sdr0-pa0","\d+""#,
                #"\+QTEMP: "modem-mmw0","-""#, #"\+QTEMP: "cpuss-0","\d+""#,
            ],
            "AT+QUIMSLOT?": [#"\+QUIMSLOT: 1"#], "AT+CFUN?": [#"\+CFUN: 1"#], "AT+CMGF?": [#"\+CMGF: 0"#],
            "AT+CSCA?": [#"\+CSCA: "\+990010000000",145"#], "AT+CSCS?": [#"\+CSCS: "GSM""#],
            "AT+CPMS?": [#"\+CPMS: "ME",0,50,"ME",0,50,"ME",0,50"#], "AT+CNMI?": [#"\+CNMI: 0,0,0,0,0"#],
            "AT+GCAP": [#"\+GCAP: \+CGSM"#],
        ])

    static let quectelNSA = on(
        .quectelNSA,
        [
            "AT+QCCID": [#"\+QCCID: \d{20}"#], "AT+CSQ": [#"\+CSQ: \d\d,99"#],
            "AT+CESQ": [#"\+CESQ: 99,99,255,255,\d+,\d+"#], "AT+QCSQ": [#"\+QCSQ: "LTE",-\d+,-\d+,\d+,-11"#],
            "AT+QRSRP": [#"\+QRSRP: .*,LTE"#, #"\+QRSRP: .*,NR5G"#],
            // SINR before RSRQ in the last line.
            "AT+QENG=\"servingcell\"": [
                #"\+QENG: "servingcell","NOCONN""#,
                #"\+QENG: "LTE","FDD",001,01,500007,270,1650,3,5,5,1A02,-\d+,-11,-\d+,\d+,-,-,-"#,
                #"\+QENG: "NR5G-NSA",001,01,270,-\d+,1\d,-11,627264,78,12,1"#,
            ],
            "AT+CEREG?": [#"\+CEREG: 0,1"#], "AT+C5GREG?": [#"\+C5GREG: 0,0"#],
            "AT+COPS?": [#"\+COPS: 0,0,"Test Mobile",13"#], "AT+C5GNSSAI?": nil, "AT+C5GNSSAIRDP": nil,
            "AT+QNETRC?": [#"\+QNETRC: "emm_cause",0"#], "AT+QGDCNT?": [#"\+QGDCNT: \d+,\d+"#],
            "AT+QGDNRCNT?": [#"\+QGDNRCNT: 0,0"#],
        ])

    static let generic = on(
        .generic,
        [
            "AT+CGMM": [#"\+CGMM: "GM-27007""#], "AT+CGMI": [#"\+CGMI: "Generic""#], "AT+CGSN": [#"\+CGSN: "\d{15}""#],
            "AT+CIMI": ["001010000000001"], "AT+CCID": [#"\+CCID: 89999010000000000018"#],
            "AT+QCCID": nil, "AT+ICCID": nil, "AT+CSQ": [#"\+CSQ: \d\d,99"#],
            "AT+CESQ": [#"\+CESQ: 99,99,255,255,\d+,\d+"#], "AT+QCSQ": nil, "AT+QRSRP": nil,
            "AT+QENG=\"servingcell\"": nil, "AT+QTEMP": nil, "AT+QGDCNT?": nil, "AT+QUIMSLOT?": nil,
            "AT+QNETRC?": nil, "AT+C5GREG?": nil, "AT+C5GNSSAI?": nil, "AT+CTZR?": nil, "AT+CEREG?": [#"\+CEREG: 0,1"#],
            "AT+COPS?": [#"\+COPS: 0,0,"Test Mobile",7"#],
        ])

    static let unisoc = on(
        .unisoc,
        [
            "AT+ICCID": [#"\+ICCID: 89999010000000000018"#], "AT+QCCID": nil, "AT+CCID": nil,
            "AT+QTEMP": [#"\+QTEMP:"soc-thmzone","\d+\.5""#, #"\+QTEMP:"pa-thmzone","\d+\.5""#],
            "AT+QENG=\"servingcell\"": [#".*"NR5G-SA","TDD",001,01,.*,78,100,-\d+,-11,1\d,1,-"#],
            "AT+C5GREG?": [#"\+C5GREG: 0,1"#],
        ])
}

@Suite("A reply")
struct ReplyFormTests {
    @Test("has its personality's form", arguments: Form.quectelSA + Form.quectelNSA + Form.generic + Form.unisoc)
    func form(_ form: Form) {
        var bench = Bench(form.personality)
        let reply = bench.ask(form.command)
        guard let lines = form.lines else { return #expect(reply == .error) }
        #expect(reply.result == .ok)
        #expect(reply.lines.count == lines.count)
        for (line, pattern) in zip(reply.lines, lines) { #expect(line.matches(pattern), "\(line)") }
    }

    @Test("spells an unknown command's error as CMEE says")
    func errorModes() {
        var bench = Bench(.quectelSA)
        let expected = ["\r\nERROR\r\n", "\r\n+CME ERROR: 100\r\n", "\r\n+CME ERROR: unknown\r\n"]
        for (mode, text) in expected.enumerated() {
            #expect(bench.ask("AT+CMEE=\(mode)").result == .ok)
            #expect(bench.ask("AT+NOSUCH").text(bench.modem.format(port: 0)) == text)
        }
    }

    @Test("stands between CR LF, and is a number after ATV0")
    func verbosity() {
        var bench = Bench(.quectelSA)
        #expect(bench.ask("AT+CFUN?").text(bench.modem.format(port: 0)) == "\r\n+CFUN: 1\r\n\r\nOK\r\n")
        #expect(bench.ask("ATV0").text(bench.modem.format(port: 0)) == "0\r")
        #expect(bench.ask("AT+NOSUCH").text(bench.modem.format(port: 0)) == "4\r")
        #expect(bench.ask("ATV1Q1").text(bench.modem.format(port: 0)).isEmpty)
    }

    @Test("to a joined line holds each command's lines, up to the first that fails")
    func joinedLines() {
        var bench = Bench(.quectelSA)
        #expect(bench.ask("AT+CFUN?;+CMGF?").lines == ["+CFUN: 1", "+CMGF: 0"])
        let reply = bench.ask("AT+CFUN?;+NOSUCH;+CMGF?")
        #expect(reply.lines == ["+CFUN: 1"])
        #expect(reply.result == .error)
        #expect(bench.ask("ATZ E0 V1").result == .ok)
        #expect(!bench.modem.ports[0].echo)
    }

    @Test("never comes to a line that does not begin with AT")
    func noise() {
        var bench = Bench(.quectelSA)
        #expect(bench.ask("hello") == .silence)
        #expect(bench.ask("").result == .silence)
        #expect(bench.ask("at").result == .ok)
    }

    @Test("to a voice call is NO CARRIER, to a packet call CONNECT")
    func dialling() {
        var bench = Bench(.quectelSA)
        #expect(bench.ask("ATD10086;").result == .noCarrier)
        #expect(bench.ask("ATD*99***1#").result == .connect)
        #expect(bench.modem.ports[0].mode == .online(cid: 1))
        #expect(bench.modem.hasSession)
    }
}
