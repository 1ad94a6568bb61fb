import FieldModel
import JSONText
import Testing

func read(_ text: String) throws(JSONFault) -> JSONValue { try read(Array(text.utf8)) }

func read(_ bytes: [UInt8]) throws(JSONFault) -> JSONValue {
    let result = bytes.withUnsafeBufferPointer { buffer in
        Result { () throws(JSONFault) in try JSONReader.read(buffer) }
    }
    return try result.get()
}

func number(_ mantissa: Int64, _ digits: UInt8 = 0) -> JSONValue {
    .number(DecimalNumber(mantissa: mantissa, digits: digits))
}

@Suite("JSON read")
struct JSONReaderTests {
    @Test(
        "A text of RFC 8259 is read as what it says",
        arguments: [
            ("null", .null), ("true", .bool(true)), ("false", .bool(false)), (" \t\r\n 0 \n", number(0)),
            ("-0", number(0)), ("-12.50", number(-125, 1)), ("1e2", number(100)), ("1E+2", number(100)),
            ("1.5e-3", number(15, 4)), ("9223372036854775807", number(.max)),
            ("9223372036854775808", .real(9_223_372_036_854_775_808)),
            ("18446744073709551616", .real(18_446_744_073_709_551_616)), ("1e300", .real(1e300)),
            ("0.1000000000000000000000000001", .real(0.1)), ("1e-300", .real(1e-300)),
            (#""""#, .string("")), (#""a\"b\\c\/d\b\f\n\r\t""#, .string("a\"b\\c/d\u{8}\u{C}\n\r\t")),
            (#""\u0041\u00e9\u20AC\u0000""#, .string("A\u{E9}\u{20AC}\u{0}")),
            (#""\ud83d\ude9c\uD83D\uDE9C""#, .string("\u{1F69C}\u{1F69C}")),
            ("\"\u{E9}\u{1F69C}\u{7F}\"", .string("\u{E9}\u{1F69C}\u{7F}")),
            (#""\ud800\udc00\udbff\udfff""#, .string("\u{10000}\u{10FFFF}")),
            (#""\ud7ff\ue000\uffff""#, .string("\u{D7FF}\u{E000}\u{FFFF}")),
            ("[]", .array([])), ("[ ]", .array([])),
            ("[1, [2],\n3]", .array([number(1), .array([number(2)]), number(3)])),
            ("{}", .object([])), ("{ }", .object([])),
        ] as [(String, JSONValue)])
    func accepted(_ text: String, _ value: JSONValue) throws {
        #expect(try read(text) == value)
    }

    @Test("Members keep their order, and are found by name")
    func members() throws {
        let value = try read(#"{"b": 1, "a": {"b": [true]}, "": null}"#)
        guard case .object(let members) = value else {
            Issue.record("no object")
            return
        }
        #expect(members.map(\.name) == ["b", "a", ""])
        #expect(value["a"]?["b"] == .array([.bool(true)]))
        #expect(value[""] == .null)
        #expect(value["c"] == nil)
        #expect(JSONValue.null["a"] == nil)
    }

    @Test(
        "What RFC 8259 does not allow is refused, with the reason and the place",
        arguments: [
            ("", "the text ends where a value belongs, at byte 0"),
            ("  ", "the text ends where a value belongs, at byte 2"),
            ("nul", "no JSON value begins like this, at byte 3"),
            ("True", "no JSON value begins like this, at byte 0"),
            ("NaN", "no JSON value begins like this, at byte 0"),
            ("Infinity", "no JSON value begins like this, at byte 0"),
            ("01", "no JSON value begins like this, at byte 0"),
            ("-01", "no JSON value begins like this, at byte 0"),
            ("-", "no JSON value begins like this, at byte 0"),
            ("+1", "no JSON value begins like this, at byte 0"),
            (".5", "no JSON value begins like this, at byte 0"),
            ("5.", "no JSON value begins like this, at byte 0"),
            ("1.e5", "no JSON value begins like this, at byte 0"),
            ("1e", "no JSON value begins like this, at byte 0"),
            ("1e+", "no JSON value begins like this, at byte 0"),
            ("1e+-5", "no JSON value begins like this, at byte 0"),
            ("0x10", "something follows the value, at byte 1"),
            ("1_000", "something follows the value, at byte 1"),
            ("1 2", "something follows the value, at byte 2"),
            ("{}}", "something follows the value, at byte 2"),
            ("null\u{0}", "something follows the value, at byte 4"),
            ("1e400", "a number too large, at byte 5"),
            ("1e9223372036854775807", "a number too large, at byte 21"),
            ("[1,]", "no JSON value begins like this, at byte 3"),
            ("[,1]", "no JSON value begins like this, at byte 1"),
            ("[1", "a comma or ']' belongs here, at byte 2"),
            ("[1 2]", "a comma or ']' belongs here, at byte 3"),
            ("[", "the text ends where a value belongs, at byte 1"),
            ("{", "a name in quotes belongs here, at byte 1"),
            ("{a:1}", "a name in quotes belongs here, at byte 1"),
            ("{'a':1}", "a name in quotes belongs here, at byte 1"),
            (#"{"a":1,}"#, "a name in quotes belongs here, at byte 7"),
            (#"{"a" 1}"#, "a colon belongs here, at byte 5"),
            (#"{"a":1 "b":2}"#, "a comma or '}' belongs here, at byte 7"),
            (#"{"a":}"#, "no JSON value begins like this, at byte 5"),
            (#"{"a":1,"a":1}"#, "'a' stands there twice, at byte 10"),
            (#"{"a":1,"\u0061":2}"#, "'a' stands there twice, at byte 15"),
            (#""abc"#, "a text without its closing quote, at byte 4"),
            (#""abc\"#, "a text without its closing quote, at byte 5"),
            ("\"a\nb\"", "a control character in a text, at byte 3"),
            ("\"a\u{0}b\"", "a control character in a text, at byte 3"),
            (#""\x41""#, "an escape that JSON does not have, at byte 3"),
            (#""\u12""#, "four hexadecimal digits belong here, at byte 3"),
            (#""\u12G4""#, "four hexadecimal digits belong here, at byte 3"),
            (#""\u+123""#, "four hexadecimal digits belong here, at byte 3"),
            (#""\u-000""#, "four hexadecimal digits belong here, at byte 3"),
            (#""\ud83d""#, "half of a surrogate pair, at byte 7"),
            (#""\ud83dx""#, "half of a surrogate pair, at byte 7"),
            (#""\ud83d\n""#, "half of a surrogate pair, at byte 8"),
            (#""\ud83d\u0041""#, "half of a surrogate pair, at byte 13"),
            (#""\ud83d\ud83d""#, "half of a surrogate pair, at byte 13"),
            (#""\ude9c""#, "half of a surrogate pair, at byte 7"),
            ("\u{FEFF}1", "no JSON value begins like this, at byte 0"),
            ("// x\n1", "no JSON value begins like this, at byte 0"),
        ])
    func refused(_ text: String, _ message: String) {
        #expect { try read(text) } throws: { error in
            (error as? JSONFault)?.text == message
        }
    }

    @Test(
        "What is not UTF-8 is refused",
        arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]])
    func notUnicode(_ bytes: [UInt8]) {
        #expect(throws: JSONFault.self) { try read([0x22] + bytes + [0x22]) }
        #expect(throws: JSONFault.self) { try read(bytes) }
    }

    @Test("Sixteen levels are read, the seventeenth is refused, and so are a million")
    func depth() throws {
        func nested(_ open: String, _ close: String, _ count: Int) -> String {
            String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
        }
        #expect(throws: Never.self) { try read(nested("[", "]", 15)) }
        #expect(throws: Never.self) { try read(nested(#"{"a":"#, "}", 15)) }
        for count in [16, 17, 1_000_000] {
            #expect(throws: JSONFault.self) { try read(nested("[", "]", count)) }
            #expect(throws: JSONFault.self) { try read(nested(#"{"a":"#, "}", count)) }
        }
    }
}
