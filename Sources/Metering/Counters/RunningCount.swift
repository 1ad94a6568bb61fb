import FieldModel

/// A counter that only grows, or begins anew at 0 together with the rule that counts.
struct RunningCount: Hashable, Sendable {
    private(set) var last: Flow.Count?

    init(last: Flow.Count? = nil) { self.last = last }

    /// The first reading grows by nothing.
    mutating func grow(to now: Flow.Count) -> Flow.Count {
        defer { last = now }
        guard let last else { return Flow.Count() }
        guard now.bytes >= last.bytes, now.packets >= last.packets else { return now }
        return Flow.Count(bytes: now.bytes - last.bytes, packets: now.packets - last.packets)
    }
}

/// The same of what may be read a packet too high: it is then held until it is right.
struct HeldCount: Hashable, Sendable {
    private(set) var most: UInt64?

    init(_ most: UInt64? = nil) { self.most = most }

    mutating func grow(to now: UInt64) -> UInt64 {
        guard let most else {
            self.most = now
            return 0
        }
        if now < most / 2 {
            self.most = now
            return now
        }
        self.most = max(most, now)
        return now > most ? now - most : 0
    }
}
