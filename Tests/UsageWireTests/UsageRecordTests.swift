import FieldGateTesting
import FieldModel
import Foundation
import JSONText
import Signing
import Testing

@testable import UsageWire

@Suite("A usage record's text")
struct UsageRecordTests {
    @Test("reads back as what was sealed, and has one spelling", arguments: [1, 2, 3] as [UInt64])
    func roundTrip(seed: UInt64) throws {
        for record in sampleChain(200, seed: seed) {
            let bytes = record.bytes
            let read = try UsageRecord(bytes)
            #expect(read == record)
            #expect(read.bytes == bytes && read.computedHash == record.hash)
        }
    }

    @Test("has exactly the members of fg.ur/1, in canonical order")
    func members() throws {
        var sealer = UsageSealer.sample()
        var usage = SampleUsage(seed: 1)
        let records = sealer.seal([usage.full()], at: usage.now) + [sealer.checkpoint(at: usage.now)]
        func names(_ record: UsageRecord) throws -> [String] {
            guard case .object(let members) = try JSONReader.read(String(decoding: record.bytes, as: UTF8.self)) else {
                return []
            }
            return members.map(\.name)
        }
        let boot = [
            "boot_id", "clock", "epoch", "gw", "h", "last", "mono_us", "nonce", "prev", "seq", "t_close", "t_open",
        ]
        #expect(try names(records[0]) == boot + ["type"])
        #expect(
            try names(records[1]) == [
                "app", "boot_id", "cause", "cell", "class", "clock", "corr_up", "ct_id", "ct_start_ns", "d_dn", "d_up",
                "dn", "dn_pkts", "dnn", "dst_rule", "epoch", "estimated", "gw", "h", "iccid", "imei", "mono_us",
                "msg_bytes", "msgs", "part", "path", "pdu", "plmn", "prev", "proto", "rat", "retries", "rg", "seq",
                "snssai", "src", "t_close", "t_first", "t_last", "t_open", "tac", "tuple_h", "type", "up", "up_pkts",
            ])
        #expect(
            try names(records[2]) == [
                "boot_id", "clock", "epoch", "from", "gw", "h", "head", "kid", "mono_us", "prev", "seq", "sig",
                "sum_dn", "sum_up", "t_close", "t_open", "to", "type",
            ])
    }

    @Test("without any one of its members, or with one of another kind, is refused by that member's name")
    func everyMember() throws {
        var sealer = UsageSealer.sample()
        var usage = SampleUsage(seed: 1)
        let optional: Set = [
            "app", "dst_rule", "cause", "cell", "class", "dnn", "iccid", "imei", "path", "pdu", "plmn", "rat", "rg",
            "snssai", "tac", "t_first", "t_last", "next_key",
        ]
        for record in sealer.seal([usage.full()], at: usage.now) + [sealer.checkpoint(at: usage.now)] {
            let members = record.members(.whole)
            for member in members {
                let without = members.filter { $0.name != member.name }
                if !optional.contains(member.name) {
                    #expect(faults(without).contains { $0.contains("'\(member.name)' is missing") }, "\(member.name)")
                } else {
                    #expect(faults(without).isEmpty)
                }
                let wrong = without + [JSONValue.Member(name: member.name, value: .array([]))]
                let found = ["iccid", "imei"].contains(member.name) ? "something else" : "a list"
                #expect(
                    faults(wrong).contains { $0.hasPrefix("'\(member.name)' is \(found), where ") }, "\(member.name)")
            }
            let strange = members + [JSONValue.Member(name: "price", value: .null)]
            #expect(faults(strange) == ["'price' has no place in a record of type '\(record.draft.kind.rawValue)'"])
        }
    }

    private func faults(_ members: [JSONValue.Member]) -> [String] {
        do throws(UsageFault) {
            _ = try UsageRecord(CanonicalJSON.bytes(of: members) ?? [])
            return []
        } catch {
            return error.faults
        }
    }

    @Test("is refused with figures that not every reader keeps, and with those its kind does not have")
    func figures() {
        var usage = SampleUsage(seed: 1)
        var sealer = UsageSealer.sample()
        let record = sealer.seal([usage.full()], at: usage.now)[1]
        let text = String(decoding: record.bytes, as: UTF8.self)
        func faults(_ change: (String) -> String) -> String {
            do throws(UsageFault) {
                _ = try UsageRecord(Array(change(text).utf8))
                return ""
            } catch {
                return error.description
            }
        }
        func replacing(_ name: String, _ value: String) -> String {
            faults { text in
                guard let start = text.range(of: "\"\(name)\":")?.upperBound,
                    let end = text[start...].firstIndex(where: { $0 == "," || $0 == "}" })
                else { return text }
                return text.replacingCharacters(in: start..<end, with: value)
            }
        }
        #expect(replacing("up", "9007199254740992").contains("'up'"))
        #expect(replacing("up", "12345678901234567890123").contains("'up'"))
        #expect(replacing("up", "-1").contains("'up'"))
        #expect(replacing("up", "1.5").contains("'up'"))
        #expect(replacing("d_up", "-5").contains("'d_up' is negative"))
        #expect(replacing("class", "65536").contains("'class'"))
        #expect(replacing("ct_id", "12").contains("'ct_id'"))
        #expect(replacing("ct_id", "\"012\"").contains("'ct_id'"))
        #expect(replacing("ct_id", "\"4294967296\"").contains("'ct_id'"))
        #expect(replacing("part", "0").contains("'part' counts from 1"))
        #expect(replacing("type", "\"bonus\"").contains("'type' is 'bonus', where one of start"))
        #expect(replacing("type", "\"boot\"").contains("'d_up' has no place in a record of type 'boot'"))
        #expect(replacing("clock", "\"good\"").contains("'clock'"))
        #expect(faults { $0.replacingOccurrences(of: "\"gw\":", with: "\"gw\": ") }.contains("not canonical"))
        #expect(faults { $0 + " " }.contains("not canonical"))
        #expect(faults { String($0.dropLast()) }.contains("no JSON"))
        #expect(faults { _ in "{}" } == "'type' is missing")
    }

    @Test("is sealed only from a draft without problems")
    func problems() {
        var usage = SampleUsage(seed: 1)
        for _ in 0..<200 { #expect(usage.anything().problems == []) }
        var draft = UsageDraft(.interim, times: usage.now)
        #expect(draft.problems == ["'interim' needs volume"])
        draft.volume = SampleUsage.volume(1 << 53, 1)
        #expect(draft.problems == ["'up' is beyond 2^53-1"])
        draft.volume = SampleUsage.volume(1, 1, by: -1)
        #expect(draft.problems.count == 2)
        var boot = UsageDraft(.boot, times: usage.now)
        boot.volume = SampleUsage.volume(1, 1)
        boot.connection = SampleUsage.connection(1)
        #expect(boot.problems.count == 2)
    }

    @Test("names the same piece of traffic by the same key, and by no other")
    func semanticKey() {
        var sealer = UsageSealer.sample()
        let drafts = [
            SampleUsage.interim(1, part: 1, up: 10, at: 1), SampleUsage.interim(1, part: 1, up: 10, at: 2),
            SampleUsage.interim(1, part: 2, up: 10, at: 3), SampleUsage.interim(2, part: 1, up: 10, at: 3),
        ]
        let keys = sealer.seal(drafts, at: SampleUsage.times(seconds: 3)).map(\.semanticKey)
        #expect(keys[0] == nil && keys[1] == keys[2] && Set(keys[2...].compactMap(\.self)).count == 3)
    }
}

@Suite("Canonical JSON")
struct CanonicalJSONTests {
    @Test("sorts by UTF-16 code units and escapes as RFC 8785, 3.2.2.2 and 3.2.3 have it")
    func vectors() throws {
        let sorting = """
            {"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",\
            "\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}
            """
        let value = try JSONReader.read(sorting)
        let text = CanonicalJSON.bytes(of: value).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"]
        let places = order.compactMap { text.range(of: $0)?.lowerBound }
        #expect(places.count == order.count && places == places.sorted())
        let escapes = try JSONReader.read(#"["\u20ac$\u000f\nA'B\"\\\\\"\/\b\t\f\r\u007f"]"#)
        let written = CanonicalJSON.bytes(of: escapes).map { String(decoding: $0, as: UTF8.self) }
        #expect(written == "[\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\t\\f\\r\u{7f}\"]")
    }

    @Test("has no fractions and nothing beyond 2^53-1, but every integer up to there")
    func numbers() throws {
        for text in ["1.5", "9007199254740992", "-9007199254740992", "1e30"] {
            #expect(CanonicalJSON.bytes(of: try JSONReader.read("[\(text)]")) == nil)
        }
        for text in ["0", "-1", "9007199254740991", "-9007199254740991"] {
            #expect(CanonicalJSON.bytes(of: try JSONReader.read("[\(text)]")) == Array("[\(text)]".utf8))
        }
    }
}
