import FuzzDriver
import UsageWire

// Whatever is read as a record is written again as the very same bytes, so that its hash means one thing; whatever is
// not, is refused in words.
Fuzzing.run { bytes in
    let bytes = Array(bytes)
    do throws(UsageFault) {
        let record = try UsageRecord(bytes)
        Fuzzing.require(record.bytes == bytes, "a record that would be written in another way than it was read")
        Fuzzing.require(record.draft.problems.isEmpty, "a record that nobody could have sealed")
        var verifier = UsageChainVerifier()
        verifier.take(record, place: "here")
        Fuzzing.require(verifier.verdict.records == 1 || !verifier.verdict.faults.isEmpty, "neither taken nor named")
    } catch {
        Fuzzing.require(!error.faults.isEmpty && error.faults.allSatisfy { !$0.isEmpty }, "a refusal without words")
    }
    for replayed in [false, true] {
        let message = UsageEnvelope.bytes(bytes, replayed: replayed)
        if let record = try? UsageRecord(bytes) {
            Fuzzing.require(UsageEnvelope.record(in: message) == record.bytes, "an envelope changes its record")
        }
    }
    _ = UsageEnvelope.record(in: bytes)
    _ = try? UsageReceipt(document: bytes, key: nil)
    _ = try? UsageReplayRequest(document: bytes, key: nil)
    _ = UsageChainVerifier.verify(text: bytes)
}
