import FieldModel
import MQTTLink
import Testing

@Suite("A command's text")
struct CommandParserTests {
    private func parse(_ text: String) throws(CommandFault) -> Command {
        try Array(text.utf8).withUnsafeBufferPointer { bytes throws(CommandFault) in
            try CommandParser.parse(bytes, device: "loader", retained: true)
        }
    }

    @Test(
        "is read",
        arguments: [
            (
                #"{"id":"1","point":"P","value":30}"#,
                [SetPoint(point: "P", value: .number(DecimalNumber(mantissa: 30)))]
            ),
            (#"{"value":-0.5,"point":"P","id":"1"}"#, [SetPoint(point: "P", value: .number(DecimalNumber("-0.5")!))]),
            (#"{"id":"1","point":"P","value":true,"expires":null}"#, [SetPoint(point: "P", value: .bool(true))]),
            (#"{"id":"1","point":"P","value":"on","schema":"fg.cmd/1"}"#, [SetPoint(point: "P", value: .text("on"))]),
            (#"{"id":"1","point":"P","value":1e300}"#, [SetPoint(point: "P", value: .real(1e300))]),
            (
                #" {"id":"1","points":{"B":1,"A":false}} "#,
                [
                    SetPoint(point: "B", value: .number(DecimalNumber(mantissa: 1))),
                    SetPoint(point: "A", value: .bool(false)),
                ]
            ),
        ])
    func good(text: String, setPoints: [SetPoint]) throws {
        let command = try parse(text)
        #expect(
            command == Command(id: "1", device: "loader", setPoints: setPoints, expires: nil, retained: true))
    }

    @Test("carries its expiry and its id as they were written")
    func expiry() throws {
        let command = try parse(#"{"id":"Ä \" 1","point":"P","value":0,"expires":"2026-11-20T09:00:00+01:00"}"#)
        #expect(command.id == "Ä \" 1")
        #expect(command.expires == Timestamp(microseconds: 1_795_161_600_000_000))
    }

    @Test(
        "is refused in words, with its id where it has one",
        arguments: [
            ("", nil, "not JSON"), ("{", nil, "not JSON"), ("[]", nil, "not an object"), ("7", nil, "not an object"),
            (#"{"point":"P","value":1}"#, nil, "'id'"), (#"{"id":7,"point":"P","value":1}"#, nil, "'id'"),
            (#"{"id":"","point":"P","value":1}"#, nil, "'id'"),
            (#"{"id":"1","id":"2","point":"P","value":1}"#, nil, "twice"),
            (#"{"id":"1","point":"P","value":1,"force":true}"#, "1", "unknown key 'force'"),
            (#"{"id":"1","point":"P"}"#, "1", "'value' is missing"), (#"{"id":"1","value":1}"#, "1", "either 'point'"),
            (#"{"id":"1","point":7,"value":1}"#, "1", "either 'point'"),
            (#"{"id":"1","point":"P","points":{"Q":1},"value":1}"#, "1", "either 'point'"),
            (#"{"id":"1","points":{}}"#, "1", "1 to 64"), (#"{"id":"1","points":[1]}"#, "1", "either 'point'"),
            (#"{"id":"1","points":{"P":1},"value":2}"#, "1", "'value' belongs to 'point'"),
            (#"{"id":"1","point":"P","value":null}"#, "1", "the value of 'P'"),
            (#"{"id":"1","points":{"P":1,"Q":[2]}}"#, "1", "the value of 'Q'"),
            (#"{"id":"1","point":"P","value":1,"expires":"tomorrow"}"#, "1", "'expires'"),
            (#"{"id":"1","point":"P","value":1,"expires":1795161600}"#, "1", "'expires'"),
            (#"{"id":"1","point":"P","value":1e-9223372036854775808}"#, nil, "not JSON"),
            (#"{"id":"1","point":"P","value":1e999}"#, nil, "too large"),
            (#"{"id":"1","point":"P","value":NaN}"#, nil, "not JSON"),
        ] as [(String, String?, String)])
    func bad(text: String, id: String?, words: String) throws {
        do throws(CommandFault) {
            let command = try parse(text)
            // A tiny number is one all the same.
            #expect(text.contains("e-9223372036854775808") && command.setPoints[0].value == .real(0))
        } catch {
            #expect(error.id == id)
            #expect(error.detail.contains(words), "\(error.detail)")
        }
    }

    @Test("may have as many points, and as long an id, as the limits say, and no more")
    func limits() throws {
        func batch(_ count: Int) -> String {
            #"{"id":"1","points":{"# + (0..<count).map { "\"P\($0)\":\($0)" }.joined(separator: ",") + "}}"
        }
        #expect(try parse(batch(64)).setPoints.map(\.point) == (0..<64).map { "P\($0)" })
        #expect(throws: CommandFault.self) { try parse(batch(65)) }
        let id = String(repeating: "x", count: 128)
        #expect(try parse(#"{"id":"\#(id)","point":"P","value":1}"#).id == id)
        #expect(throws: CommandFault.self) { try parse(#"{"id":"\#(id)x","point":"P","value":1}"#) }
        let padding = String(repeating: " ", count: CommandParser.limit)
        #expect(throws: CommandFault.self) { try parse(#"{"id":"1","point":"P","value":1}"# + padding) }
    }

    @Test("that is no UTF-8 is refused")
    func notUTF8() {
        let bytes = Array(#"{"id":""#.utf8) + [0xC3, 0x28] + Array(#"","point":"P","value":1}"#.utf8)
        #expect(throws: CommandFault.self) {
            try bytes.withUnsafeBufferPointer { try CommandParser.parse($0, device: "d", retained: false) }
        }
    }
}
