/// The plans of the tariff cases that the desk is tried with.
enum Plans {
    /// Case 3: ten lines share 3000 messages.
    static let sharedPool = """
        plan: c3
        meters: [{id: m, source: msgs, dir: up, unit: msg, aggregate: sum}]
        pools: [{id: p, members: [l1, l2, l3, l4, l5, l6, l7, l8, l9, l10], meter: m, qty: "3000", allocate: largest_remainder}]
        charges: [{id: p, kind: recurring, meter: m, pool: p, model: included, fee: "100", overage: "0.1"}]

        """

    /// Case 1b: a bundle bought for ten years, paid in instalments.
    static let contract = """
        plan: c1b
        meters: [{id: data, source: ip_bytes, dir: both, unit: GB, aggregate: sum}]
        charges: [{id: bundle, kind: recurring, meter: data, model: included, fee: "120", qty: "120", overage: "1"}]
        lifetime: {of: bundle, periods: 120, payment: instalment, down_share: "0.3", apr: "0.048", n: 36}

        """

    /// Case 7: a share of what was weighed.
    static let shareOfOutput = """
        plan: c7
        meters: [{id: t, source: external, name: tonnes, unit: t, aggregate: sum}]
        charges: [{id: s, kind: share, meter: t, model: share, value_per_unit: "3.20", rate: "0.015", min: "500", max: "800"}]

        """

    /// Case 8: a pool whose rest goes into the next period.
    static let rollOver = """
        plan: c8
        meters: [{id: data, source: ip_bytes, dir: both, unit: GB, aggregate: sum}]
        pools: [{id: p, members: [m1], meter: data, qty: "1200", allocate: largest_remainder, rollover: {periods: 1, cap: "100", order: expiring_first}}]
        charges: [{id: p, kind: recurring, meter: data, pool: p, model: included, fee: "1200", overage: "1.2"}]

        """
}
