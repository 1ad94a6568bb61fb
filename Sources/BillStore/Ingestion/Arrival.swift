import UsageWire

/// A record as it came, read and hashed, before anybody looked at its chain. Making one needs no store, so it can be done
/// on any thread.
package struct Arrival: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// `isIntact`: the content gives the hash it carries.
        case record(UsageRecord, isIntact: Bool)
        case unreadable(String)
    }

    package var content: Content
    /// The record's own bytes, without envelope.
    package var text: String
    /// Where it came from: a file's line, a topic.
    package var place: String

    package init(_ message: [UInt8], place: String) {
        let bytes = UsageEnvelope.record(in: message)
        text = String(decoding: bytes, as: UTF8.self)
        self.place = place
        do throws(UsageFault) {
            let record = try UsageRecord(bytes)
            content = .record(record, isIntact: record.computedHash == record.hash)
        } catch {
            content = .unreadable(error.description)
        }
    }
}
