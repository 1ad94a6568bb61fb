/// The messages a modem has sent and holds.
package struct MessageStore: Equatable, Sendable {
    static let capacity = 50
    private static let mostSent = 500

    package struct Sent: Equatable, Sendable {
        package var reference: Int
        /// Simulated nanoseconds.
        package var at: Int64
        /// nil in PDU mode, where the number is within the message.
        package var number: String?
        /// As it came: hexadecimal in PDU mode.
        package var text: String
    }

    package private(set) var sent: [Sent] = []
    private(set) var received: [Int: StoredMessage] = [:]
    private var reference = 0

    /// TP-MR of the message.
    mutating func keepSent(_ text: String, to number: String?, at time: Int64) -> Int {
        reference = (reference + 1) % 256
        if sent.count == Self.mostSent { sent.removeFirst() }
        sent.append(Sent(reference: reference, at: time, number: number, text: text))
        return reference
    }

    /// The place it got; nil when there is none left, and the message is lost to the host.
    mutating func keepReceived(_ delivery: Delivery) -> Int? {
        guard let place = (0..<Self.capacity).first(where: { received[$0] == nil }) else { return nil }
        received[place] = StoredMessage(delivery: delivery)
        return place
    }

    /// The message as it was before it was read.
    mutating func read(_ place: Int) -> StoredMessage? {
        defer { received[place]?.wasRead = true }
        return received[place]
    }

    mutating func delete(_ place: Int, all: Bool) {
        if all { received = [:] } else { received[place] = nil }
    }
}

struct StoredMessage: Equatable, Sendable {
    var delivery: Delivery
    var wasRead = false
}
