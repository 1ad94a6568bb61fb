import UsageWire

/// A record as it came, read and hashed, before anybody looked at its chain. Making one needs no store, so it can be done
/// on any thread.
package struct Arrival: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// `isIntact`: the content gives the hash it carries.
        case record(UsageRecord, isIntact: Bool)
        case unreadable(String)
        /// It came where only another gateway's records belong.
        case stranger(String)
    }

    package var content: Content
    /// The record's own bytes, without envelope.
    package var text: String
    /// Of a record that has one: what names its running count. See `ConnectionBook`.
    var runningCount: String?
    /// Where it came from: a file's line, a topic.
    package var place: String

    /// `gateway` is whose records belong there; nil where anybody's do.
    package init(_ message: [UInt8], place: String, gateway: String? = nil) {
        let bytes = UsageEnvelope.record(in: message)
        text = String(decoding: bytes, as: UTF8.self)
        self.place = place
        do throws(UsageFault) {
            let (record, isIntact) = try UsageRecord.read(bytes)
            if let gateway, gateway != record.gateway {
                content = .stranger("a record of gateway '\(record.gateway)', where only '\(gateway)' may publish")
            } else {
                content = .record(record, isIntact: isIntact)
                runningCount = ConnectionBook.key(of: record)
            }
        } catch {
            content = .unreadable(error.description)
        }
    }
}
