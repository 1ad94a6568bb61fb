import SimulatedModem
import Testing

@Suite("A short message")
struct MessageTests {
    /// To 10086, "hi" in GSM 7 bit: 12 octets after the service centre's.
    private let pdu = "0001000581" + "0180F6" + "000002E834"

    @Test("in PDU mode is sent after the prompt, when its length is right")
    func sending() {
        var bench = Bench(.quectelSA)
        #expect(bench.ask("AT+CMGS=12").result == .prompt)
        #expect(bench.ask("AT+CMGS=12").text(bench.modem.format(port: 0)).hasSuffix("\r\n> "))
        let reply = bench.modem.finishMessage(pdu, port: 0, at: 11 * Bench.second)
        #expect(reply.lines == ["+CMGS: 1"] && reply.result == .ok)
        #expect(bench.modem.messages.sent.map(\.text) == [pdu])
        _ = bench.ask("AT+CMGS=10")
        #expect(bench.modem.finishMessage(pdu, port: 0, at: 12 * Bench.second).result == .message(304))
    }

    @Test("is given up with ESC")
    func cancelling() {
        var bench = Bench(.quectelSA)
        _ = bench.ask("AT+CMGF=1")
        #expect(bench.ask("AT+CMGS=\"+99001\"").result == .prompt)
        #expect(bench.modem.finishMessage(nil, port: 0, at: 11 * Bench.second).result == .ok)
        #expect(bench.modem.messages.sent.isEmpty)
        #expect(bench.modem.ports[0].mode == .command)
    }

    @Test("needs a network and a card")
    func conditions() {
        var bench = Bench(.quectelSA)
        bench.modem.world.denial = .mobility5G(3)
        bench.wait(1)
        #expect(bench.ask("AT+CMGS=12").result == .message(331))
        bench.modem.insert(nil)
        #expect(bench.ask("AT+CMGS=12").result == .equipment(.noCard))
    }

    @Test("that arrives is announced, read once as unread, and deleted")
    func receiving() {
        var bench = Bench(.quectelSA)
        _ = bench.ask("AT+CNMI=2,1,0,0,0")
        bench.modem.receive(messageFrom: "+99001", "你好")
        bench.wait(0.1)
        #expect(bench.unsolicited() == ["+CMTI: \"ME\",0"])
        // Deliver; +99001; UCS2; four octets of text.
        let read = bench.lines("AT+CMGR=0")
        #expect(read[0] == "+CMGR: 0,,20")
        #expect(read[1].hasPrefix("000405919900F10008"))
        #expect(read[1].hasSuffix("044F60597D"))
        #expect(bench.lines("AT+CMGL=1").count == 2)
        #expect(bench.lines("AT+CMGL=0").isEmpty)
        #expect(bench.lines("AT+CPMS?") == ["+CPMS: \"ME\",1,50,\"ME\",1,50,\"ME\",1,50"])
        #expect(bench.ask("AT+CMGD=0").result == .ok)
        #expect(bench.ask("AT+CMGR=0").result == .message(321))
    }

    @Test("in text mode shows its sender and its time")
    func textMode() {
        var bench = Bench(.generic)
        _ = bench.ask("AT+CMGF=1")
        bench.modem.receive(messageFrom: "10086", "hello")
        let lines = bench.lines("AT+CMGL=\"ALL\"")
        #expect(lines[0].matches(#"\+CMGL: 0,"REC UNREAD","10086",,"27/01/15,\d\d:\d\d:\d\d\+32""#))
        #expect(lines[1] == "hello")
    }
}
