import FieldGateTesting
import ModemLink
import Testing

@Suite("Lines and answers")
struct EngineTests {
    @Test func `lines end with either mark, and empty ones are none`() {
        var splitter = LineSplitter()
        #expect(splitter.consume(Array("\r\n+CSQ: 1,99 \r\n\r\nO".utf8)) == [.text("+CSQ: 1,99")])
        #expect(splitter.consume(Array("K\r> ".utf8)) == [.text("OK"), .prompt])
    }

    @Test func `a line without end keeps nothing`() {
        var splitter = LineSplitter()
        for _ in 0..<1000 {
            #expect(splitter.consume([UInt8](repeating: 65, count: 10_000)) == [])
            #expect(splitter.kept <= LineSplitter.longest)
        }
        #expect(splitter.consume(Array("\nOK\n".utf8)) == [.overlong, .text("OK")])
    }

    @Test func `however the bytes are cut, the lines are the same`() {
        let text = Array("\r\n+QENG: \"servingcell\"\r\n+CMT: ,3\r\nabc\r\n> \r\nOK\r\n".utf8)
        var whole = LineSplitter()
        let lines = whole.consume(text)
        for size in 1..<text.count {
            var splitter = LineSplitter()
            var found: [ATLine] = []
            for start in stride(from: 0, to: text.count, by: size) {
                found += splitter.consume(text[start..<min(start + size, text.count)])
            }
            #expect(found == lines)
        }
    }

    private func steps(_ request: ATRequest, _ lines: [String]) -> [ReplyAssembler.Step] {
        var assembler = ReplyAssembler(request)
        return lines.map { assembler.consume(.text($0)) }.filter { $0 != .none }
    }

    @Test func `a question's answer and news of the same name are told apart`() {
        let read = ATRequest("AT+CEREG?", timeout: .seconds(1))
        #expect(
            steps(read, ["+CEREG: 5,\"1A\",\"2B\",7", "+CEREG: 2,1,\"1A\",\"2B\",7", "OK"]) == [
                .unsolicited("+CEREG: 5,\"1A\",\"2B\",7"),
                .done(ATReply(lines: ["+CEREG: 2,1,\"1A\",\"2B\",7"], final: .ok)),
            ])
        let set = ATRequest("AT+CEREG=2", timeout: .seconds(1), informs: false)
        #expect(steps(set, ["+CEREG: 1", "OK"]) == [.unsolicited("+CEREG: 1"), .done(ATReply(lines: [], final: .ok))])
    }

    @Test func `an answer to an earlier marker takes its end with it`() {
        let request = ATRequest("AT+CSQ", timeout: .seconds(1))
        #expect(
            steps(request, ["+CMEE: 1", "OK", "+CSQ: 20,99", "OK"]) == [
                .done(ATReply(lines: ["+CSQ: 20,99"], final: .ok))
            ])
    }

    @Test(arguments: [
        ("OK", true), ("CONNECT 150000000", true), ("ERROR", false), ("+CME ERROR: 4", false),
        ("+CMS ERROR: 305", false),
    ])
    func `a final line ends a command`(_ line: String, _ isSuccess: Bool) {
        #expect(ATFinal(line, noCarrier: false)?.isSuccess == isSuccess)
    }

    @Test func `NO CARRIER ends a call's command, and elsewhere only tells of a call`() {
        #expect(ATFinal("NO CARRIER", noCarrier: true)?.isSuccess == false)
        #expect(
            steps(ATRequest("AT+CGMI", timeout: .seconds(1)), ["NO CARRIER", "Quectel", "OK"]) == [
                .unsolicited("NO CARRIER"), .done(ATReply(lines: ["Quectel"], final: .ok)),
            ])
    }

    @Test func `noise never makes an answer of more than its lines`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            var splitter = LineSplitter()
            var assembler = ReplyAssembler(ATRequest("AT+CSQ", timeout: .seconds(1)))
            let bytes = (0..<200).map { _ in UInt8.random(in: 10...127, using: &random) }
            for line in splitter.consume(bytes) { _ = assembler.consume(line) }
        }
    }
}
