/// What pools carry from one period to the next.
package struct CarryState: Hashable, Sendable {
    package struct Bucket: Hashable, Sendable {
        package var plan: String
        package var pool: String
        /// Above zero.
        package var quantity: Rational
        /// The pool's when it was left over; a later version may count in another. Nil is whatever the pool has.
        package var unit: TariffUnit?
        /// In how many more periods it can be used; at least 1.
        package var periodsLeft: Int

        package init(
            plan: String, pool: String, quantity: Rational, unit: TariffUnit? = nil, periodsLeft: Int
        ) {
            self.plan = plan
            self.pool = pool
            self.quantity = quantity
            self.unit = unit
            self.periodsLeft = periodsLeft
        }

        /// Nil where one cannot be said in the other: messages are no bytes.
        func quantity(in other: TariffUnit?) -> Rational? {
            guard let unit, let other, unit != other else { return quantity }
            guard case .bytes = unit, case .bytes = other else { return nil }
            return quantity * unit.base / other.base
        }
    }

    /// Sorted, so that equal states are equal.
    package private(set) var buckets: [Bucket]

    package init(_ buckets: [Bucket] = []) {
        self.buckets = buckets.filter { $0.quantity > .zero && $0.periodsLeft > 0 }
            .sorted { ($0.plan, $0.pool, $0.periodsLeft) < ($1.plan, $1.pool, $1.periodsLeft) }
    }

    package func total(plan: String, pool: String, in unit: TariffUnit? = nil) -> Rational {
        buckets.filter { $0.plan == plan && $0.pool == pool }.compactMap { $0.quantity(in: unit) }.sum
    }
}

/// One period's work on the carry: use, then closing.
struct CarryWork {
    private var buckets: [CarryState.Bucket]
    private var fresh: [CarryState.Bucket] = []
    private var rules: [Key: (cap: Rational?, unit: TariffUnit)] = [:]
    private(set) var touched: Set<Key> = []

    struct Key: Hashable {
        var plan: String
        var pool: String
    }

    init(_ state: CarryState) {
        buckets = state.buckets
    }

    func available(_ key: Key, in unit: TariffUnit) -> Rational {
        CarryState(buckets).total(plan: key.plan, pool: key.pool, in: unit)
    }

    /// Takes `used` from what expires soonest, then from `own`; what is left of `own` lives on.
    mutating func consume(
        _ used: Rational, own: Rational, in unit: TariffUnit, _ key: Key, _ rollOver: Pool.RollOver?
    ) {
        guard let rollOver else { return }
        touched.insert(key)
        var left = used
        // Buckets stand in the order in which they expire.
        for index in buckets.indices where buckets[index].plan == key.plan && buckets[index].pool == key.pool {
            guard let held = buckets[index].quantity(in: unit) else { continue }
            let taken = min(left, held)
            buckets[index].quantity = held - taken
            buckets[index].unit = unit
            left -= taken
        }
        rules[key] = (rollOver.cap, unit)
        let remainder = max(.zero, own - left)
        fresh.append(
            CarryState.Bucket(
                plan: key.plan, pool: key.pool, quantity: remainder, unit: unit, periodsLeft: rollOver.periods))
    }

    /// The period is over: everything is a period older, and the cap cuts what expires soonest.
    func closed() -> CarryState {
        var aged = buckets
        for index in aged.indices { aged[index].periodsLeft -= 1 }
        var kept = (aged + fresh).sorted { $0.periodsLeft > $1.periodsLeft }
        for (key, rule) in rules {
            guard var room = rule.cap else { continue }
            for index in kept.indices where kept[index].plan == key.plan && kept[index].pool == key.pool {
                guard kept[index].periodsLeft > 0, let held = kept[index].quantity(in: rule.unit) else { continue }
                kept[index].quantity = min(room, held)
                kept[index].unit = rule.unit
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
                    && $0.unit == bucket.unit
            }
            if let known { merged[known].quantity += bucket.quantity } else { merged.append(bucket) }
        }
        return merged
    }
}
