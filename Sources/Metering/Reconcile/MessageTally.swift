import FieldModel

/// Which publishes the platform acknowledged: each row of the spool once, when everything before it is settled, too.
package struct MessageTally: Sendable {
    private var acknowledged: [Stream: [UInt64: UInt64]] = [:]
    /// Handed to a connection before, by stream the highest number.
    private var sent: [Stream: UInt64] = [:]
    private var count = MessageCount()
    private var recorded: [Stream: UInt64] = [:]

    /// Everything up to these numbers was counted, or settled before anybody counted.
    private var through: [Stream: UInt64]

    package init(through: [Stream: UInt64] = [:]) { self.through = through }

    /// Records count up to these numbers. What was settled beyond and not recorded is counted when the stream's cursor is
    /// next told; its bytes are not known any more.
    package mutating func begin(through names: [String: UInt64]) {
        for stream in Stream.allCases {
            guard let number = names[stream.name] else { continue }
            recorded[stream] = number
        }
    }

    /// Where a stream's cursor stands when a connection begins.
    package mutating func connected(_ stream: Stream, settled: UInt64) {
        if let number = recorded.removeValue(forKey: stream), settled > number, through[stream] == nil {
            count.messages += settled - number
            count.through[stream.name] = settled
        }
        through[stream] = max(through[stream] ?? 0, settled)
        sent[stream] = max(sent[stream] ?? 0, settled)
    }

    /// A row goes out; one that went out before is a retry.
    package mutating func sent(_ identity: RowIdentity) {
        if identity.sequence <= sent[identity.stream] ?? 0 { count.retries += 1 }
        sent[identity.stream] = max(sent[identity.stream] ?? 0, identity.sequence)
    }

    package mutating func acknowledged(_ identity: RowIdentity, bytes: Int) {
        guard identity.sequence > through[identity.stream] ?? 0 else { return }
        acknowledged[identity.stream, default: [:]][identity.sequence] = UInt64(bytes)
    }

    package mutating func settled(_ stream: Stream, through number: UInt64) {
        let open = acknowledged[stream] ?? [:]
        let done = open.filter { $0.key <= number }
        count.messages += UInt64(done.count)
        count.bytes += done.values.reduce(0, +)
        acknowledged[stream] = open.filter { $0.key > number }
        through[stream] = max(through[stream] ?? 0, number)
        count.through[stream.name] = through[stream]
    }

    /// What was acknowledged out of order on a connection that is lost goes out again.
    package mutating func disconnected() { acknowledged = [:] }

    /// What was counted since it was last taken.
    package mutating func take() -> MessageCount? {
        guard count.messages > 0 || count.retries > 0 else { return nil }
        defer { count = MessageCount() }
        return count
    }
}
