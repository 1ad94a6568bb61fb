import FieldModel

extension UsageDraft {
    /// What keeps it from being a record: empty for a good one. Both sides ask: who seals it, and who reads it.
    package var problems: [String] {
        var problems: [String] = []
        func check(_ isRight: Bool, _ problem: @autoclosure () -> String) {
            if !isRight { problems.append(problem()) }
        }
        check(kind.hasVolume == (volume != nil), "'\(kind.rawValue)' \(kind.hasVolume ? "needs" : "carries no") volume")
        check(
            (kind == .adjust) == (correction != nil),
            "'ref_epoch' and what goes with it belong to adjust, and only there")
        check(kind.mayHaveConnection || connection == nil, "'\(kind.rawValue)' belongs to no connection")
        check(kind != .start || connection != nil, "'start' needs a connection")
        if let connection {
            check(
                connection.tuple.utf8.count == 32 && connection.tuple.utf8.allSatisfy(\.isLowerHex),
                "'tuple_h' is not 32 lower-case hexadecimal digits")
            check(connection.part > 0, "'part' counts from 1")
        }
        if let volume { problems += volume.problems(isAdjustment: kind == .adjust) }
        if let units {
            for (name, value) in [
                ("msgs", units.messages), ("msg_bytes", units.messageBytes), ("retries", units.retries),
            ] { check(value.isExact, "'\(name)' is beyond 2^53-1") }
        }
        problems += times.problems
        check(notes.count < 2 || Set(notes.map(\.name)).count == notes.count, "two notes have one name")
        check((correction?.sequence ?? 1).isExact, "'ref_seq' is beyond 2^53-1")
        check((correction?.messages ?? 0).magnitude.isExact, "'d_msgs' is beyond 2^53-1")
        check(units == nil || correction?.messages ?? 0 == 0, "'msgs' and 'd_msgs' both say messages: keep 'd_msgs'")
        return problems
    }
}

extension UsageKind {
    fileprivate var mayHaveConnection: Bool {
        switch self {
        case .start, .interim, .stop, .gap, .adjust: true
        case .boot, .shutdown, .checkpoint, .unattributed: false
        }
    }
}

extension UsageVolume {
    fileprivate func problems(isAdjustment: Bool) -> [String] {
        let counts = [("up", up), ("dn", down), ("up_pkts", upPackets), ("dn_pkts", downPackets)]
        let deltas = [("d_up", deltaUp), ("d_dn", deltaDown)]
        var problems: [String] = []
        for (name, value) in counts {
            if !value.isExact { problems.append("'\(name)' is beyond 2^53-1") }
            if isAdjustment, value != 0 { problems.append("'\(name)': an adjustment has no cumulative figures") }
        }
        for (name, value) in deltas + [("corr_up", correctionUp)] where !value.magnitude.isExact {
            problems.append("'\(name)' is beyond 2^53-1")
        }
        for (name, value) in deltas where value < 0 && !isAdjustment {
            problems.append("'\(name)' is negative: only an adjustment takes something back")
        }
        return problems
    }
}

extension UsageTimes {
    /// As far as records have numbers for it (the year 2255): a clock that says more is not believed, and the record is kept.
    package var sealable: UsageTimes {
        func within(_ stamp: Timestamp) -> Timestamp { Timestamp(microseconds: Self.within(stamp.microseconds)) }
        var times = UsageTimes(
            open: within(open), close: within(close), first: first.map(within), last: last.map(within),
            monotonic: Self.within(monotonic), clock: clock)
        if times != self { times.clock = .unsynced }
        return times
    }

    private static func within(_ number: Int64) -> Int64 {
        min(max(number, -CanonicalJSON.largestInteger), CanonicalJSON.largestInteger)
    }

    fileprivate var problems: [String] {
        let stamps: [(String, Int64?)] = [
            ("t_open", open.microseconds), ("t_close", close.microseconds), ("t_first", first?.microseconds),
            ("t_last", last?.microseconds), ("mono_us", monotonic),
        ]
        return stamps.compactMap { name, value in
            (value ?? 0).magnitude.isExact ? nil : "'\(name)' is beyond 2^53-1"
        }
    }
}

extension UInt64 {
    /// Every reader of JSON keeps it.
    fileprivate var isExact: Bool { self <= CanonicalJSON.largestInteger.magnitude }
}
