import SimulatedModem
import Testing

@Suite("A command line")
struct CommandLineTests {
    @Test("is taken in by whole lines; what is too long is cut, a backspace takes back")
    func reading() {
        var reader = LineReader()
        func feed(_ text: String, isMessage: Bool = false) -> [LineReader.Input] {
            text.utf8.compactMap { reader.receive($0, isMessage: isMessage) }
        }
        #expect(feed("AT\rATI\r\n") == [.line("AT"), .line("ATI")])
        #expect(feed("\r\r\n") == [])
        #expect(feed("ATX\u{8}I\r") == [.line("ATI")])
        #expect(feed("00\r11\u{1A}", isMessage: true) == [.message("00\r11")])
        #expect(feed("00\u{1B}", isMessage: true) == [.message(nil)])
        let long = feed(String(repeating: "A", count: 1_000_000) + "\r")
        #expect(long == [.line(String(repeating: "A", count: 4096))])
    }

    @Test("keeps quotation marks' commas and semicolons in one parameter")
    func parameters() {
        let command = ATCommand("+CGDCONT", .set, "1,\"IP\",\"a,b;c\",,5")
        #expect(command.arguments == ["1", "IP", "a,b;c", "", "5"])
        #expect(command.argument(3) == nil)
        #expect(command.integer(4) == 5)
    }
}
