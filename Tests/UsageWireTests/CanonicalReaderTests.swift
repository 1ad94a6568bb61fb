import FieldGateTesting
import FieldModel
import JSONText
import Testing

@testable import UsageWire

@Suite("Records read in one pass")
struct CanonicalReaderTests {
    /// As a record is read without the short way.
    private func slow(_ bytes: [UInt8]) -> UsageRecord? {
        guard bytes.count <= UsageRecord.longest,
            let value = try? bytes.withUnsafeBufferPointer({ text throws(JSONFault) in try JSONReader.read(text) }),
            CanonicalJSON.bytes(of: value) == bytes
        else { return nil }
        return try? UsageRecord(value)
    }

    @Test("are the same records, and their hashes come out the same from the bytes as they came")
    func same() throws {
        for bytes in sampleChain(200, seed: 5).map(\.bytes) {
            let (record, isIntact) = try UsageRecord.read(bytes)
            #expect(record == slow(bytes) && isIntact)
        }
    }

    @Test("with bytes changed, put in or taken out, both ways say the same of the text and of its hash")
    func mutations() throws {
        var random = SeededRandom(seed: 17)
        let samples = sampleChain(200, seed: 5).map(\.bytes)
        for _ in 0..<6000 {
            var bytes = samples.randomElement(using: &random) ?? []
            let place = bytes.indices.randomElement(using: &random) ?? 0
            let byte = Array("0123456789-,:{}[]\"\\ eEtruefalsn.ä\u{1}".utf8).randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[place] = byte
            case 1: bytes.insert(byte, at: place)
            default: bytes.remove(at: place)
            }
            let quick = try? UsageRecord.read(bytes)
            let thorough = slow(bytes)
            #expect(quick?.record == thorough, "\(String(decoding: bytes, as: UTF8.self))")
            if let quick, let thorough { #expect(quick.isIntact == (thorough.computedHash == thorough.hash)) }
        }
    }

    @Test("only what is canonical as it stands is taken the short way")
    func forms() {
        func names(_ text: String) -> [String]? { CanonicalReader.members(of: Array(text.utf8))?.map(\.name) }
        #expect(names("{}") == [])
        #expect(names("{\"a\":1,\"b\":{\"c\":\"ü\"},\"d\":null,\"e\":[]}") == nil)
        #expect(names("{\"a\":-1,\"b\":{\"c\":\"ü\"},\"d\":null,\"e\":false}") == ["a", "b", "d", "e"])
        for text in [
            "{\"b\":1,\"a\":1}", "{\"a\":1,\"a\":1}", "{\"a\":01}", "{\"a\":-0}", "{\"a\":1.0}",
            "{\"a\":9007199254740992}",
            "{\"a\":123456789012345678901234567890}", "{\"a\": 1}", "{\"a\":1} ", "{\"a\":1,}", "{\"a\":\"\\n\"}",
            "{\"a\":tru}",
            "{\"ä\":1}", "{\"a\":", "{\"a\"", "{", "", "[]", "{\"a\":\"\u{1}\"}", "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}",
        ] { #expect(names(text) == nil, "\(text)") }
        #expect(CanonicalReader.members(of: Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8)) == nil)
    }

    @Test("a note's own 'h' is not taken for the record's")
    func notes() throws {
        var sealer = UsageSealer.sample()
        let usage = SampleUsage(seed: 1)
        var draft = UsageDraft(.gap, times: usage.now)
        draft.notes = [
            UsageNote("a", "x"), UsageNote("h", String(repeating: "0", count: 64)), UsageNote("z", ",\"h\":\""),
        ]
        for record in sealer.seal([draft], at: usage.now) {
            let (read, isIntact) = try UsageRecord.read(record.bytes)
            #expect(read == record && isIntact)
        }
    }

    @Test("an adjustment takes messages back; nothing else does, and none of them says it twice")
    func messages() throws {
        var sealer = UsageSealer.sample()
        let usage = SampleUsage(seed: 1)
        var draft = UsageDraft(.adjust, times: usage.now)
        draft.volume = UsageVolume(source: .app)
        draft.correction = UsageCorrection(epoch: 1, sequence: 2, reason: "counted twice", id: "a", messages: -3)
        #expect(draft.problems.isEmpty)
        let record = try #require(sealer.seal([draft], at: usage.now).last)
        let text = String(decoding: record.bytes, as: UTF8.self)
        #expect(text.contains("\"d_msgs\":-3,"))
        #expect(try UsageRecord(record.bytes).draft.correction?.messages == -3)
        #expect(throws: UsageFault.self) {
            try UsageRecord(Array(text.replacing("_msgs\":-3", with: "_msgs\":0").utf8))
        }
        draft.units = UsageUnits(messages: 3, messageBytes: 0, retries: 0)
        #expect(draft.problems == ["'msgs' and 'd_msgs' both say messages: keep 'd_msgs'"])
        draft.correction?.messages = 0
        #expect(draft.problems.isEmpty)
        draft.units = nil
        let silent = try #require(sealer.seal([draft], at: usage.now).last)
        #expect(!String(decoding: silent.bytes, as: UTF8.self).contains("d_msgs"))
    }
}
