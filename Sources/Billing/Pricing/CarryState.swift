/// What pools carry from one period to the next.
package struct CarryState: Hashable, Sendable {
    package struct Bucket: Hashable, Sendable {
        package var plan: String
        package var pool: String
        /// In the pool's unit, above zero.
        package var quantity: Rational
        /// In how many more periods it can be used; at least 1.
        package var periodsLeft: Int

        package init(plan: String, pool: String, quantity: Rational, periodsLeft: Int) {
            self.plan = plan
            self.pool = pool
            self.quantity = quantity
            self.periodsLeft = periodsLeft
        }
    }

    /// Sorted, so that equal states are equal.
    package private(set) var buckets: [Bucket]

    package init(_ buckets: [Bucket] = []) {
        self.buckets = buckets.filter { $0.quantity > .zero && $0.periodsLeft > 0 }
            .sorted { ($0.plan, $0.pool, $0.periodsLeft) < ($1.plan, $1.pool, $1.periodsLeft) }
    }

    package func total(plan: String, pool: String) -> Rational {
        buckets.filter { $0.plan == plan && $0.pool == pool }.map(\.quantity).sum
    }
}

/// One period's work on the carry: use, then closing.
struct CarryWork {
    private var buckets: [CarryState.Bucket]
    private var fresh: [CarryState.Bucket] = []
    private var caps: [Key: Rational?] = [:]
    private(set) var touched: Set<Key> = []

    struct Key: Hashable {
        var plan: String
        var pool: String
    }

    init(_ state: CarryState) {
        buckets = state.buckets
    }

    func available(_ key: Key) -> Rational {
        buckets.filter { $0.plan == key.plan && $0.pool == key.pool }.map(\.quantity).sum
    }

    /// Takes `used` from what expires soonest, then from `own`; what is left of `own` lives on.
    mutating func consume(_ used: Rational, own: Rational, _ key: Key, _ rollOver: Pool.RollOver?) {
        guard let rollOver else { return }
        touched.insert(key)
        var left = used
        // Buckets stand in the order in which they expire.
        for index in buckets.indices where buckets[index].plan == key.plan && buckets[index].pool == key.pool {
            let taken = min(left, buckets[index].quantity)
            buckets[index].quantity -= taken
            left -= taken
        }
        caps[key] = rollOver.cap
        let remainder = max(.zero, own - left)
        fresh.append(
            CarryState.Bucket(plan: key.plan, pool: key.pool, quantity: remainder, periodsLeft: rollOver.periods))
    }

    /// The period is over: everything is a period older, and the cap cuts what expires soonest.
    func closed() -> CarryState {
        let aged = buckets.map { bucket in
            CarryState.Bucket(
                plan: bucket.plan, pool: bucket.pool, quantity: bucket.quantity, periodsLeft: bucket.periodsLeft - 1)
        }
        var kept = (aged + fresh).sorted { $0.periodsLeft > $1.periodsLeft }
        for (key, cap) in caps {
            guard var room = cap else { continue }
            for index in kept.indices where kept[index].plan == key.plan && kept[index].pool == key.pool {
                guard kept[index].periodsLeft > 0 else { continue }
                kept[index].quantity = min(room, kept[index].quantity)
                room -= kept[index].quantity
            }
        }
        return CarryState(merged(kept))
    }

    private func merged(_ buckets: [CarryState.Bucket]) -> [CarryState.Bucket] {
        var merged: [CarryState.Bucket] = []
        for bucket in buckets {
            let known = merged.firstIndex {
                $0.plan == bucket.plan && $0.pool == bucket.pool && $0.periodsLeft == bucket.periodsLeft
            }
            if let known { merged[known].quantity += bucket.quantity } else { merged.append(bucket) }
        }
        return merged
    }
}
