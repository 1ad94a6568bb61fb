import FieldModel
import UsageWire

/// Records taken together, in one transaction: each is judged by its chain, and what follows is inserted.
struct IngestionBatch {
    /// More than so many waiting behind one hole are not kept: the gateway sends them again.
    static let heldAtMost: Int64 = 100_000

    private let ledger: any BillingLedger
    private let received: Timestamp
    private var chains: ChainBook
    private var pending: PendingRecords
    private(set) var report = IngestReport()

    init(_ ledger: any BillingLedger, received: Timestamp) throws(StoreFault) {
        self.ledger = ledger
        self.received = received
        chains = ChainBook(ledger)
        pending = try PendingRecords(ledger, received: received)
    }

    mutating func prefetch(_ arrivals: ArraySlice<Arrival>) throws(StoreFault) {
        var keys: Set<ConnectionBook.Key> = []
        for arrival in arrivals {
            guard let text = arrival.runningCount, case .record(let record, _) = arrival.content else { continue }
            keys.insert(ConnectionBook.Key(gateway: try chains.number(of: record.gateway), text: text))
        }
        try pending.prefetch(keys)
    }

    mutating func take(_ arrival: Arrival) throws(StoreFault) {
        switch arrival.content {
        case .unreadable(let fault):
            try refuse(
                Alarm(.unreadable, text: "\(arrival.place): no usage record: \(fault)", body: arrival.text))
        case .stranger(let fault):
            try refuse(Alarm(.stranger, text: "\(arrival.place): \(fault)", body: arrival.text))
        case .record(let record, let isIntact):
            let key = ChainBook.Key(gateway: try chains.number(of: record.gateway), epoch: record.epoch)
            try take(record, isIntact, arrival, key)
            try release(key)
        }
    }

    /// Writes what was taken. The batch is over then.
    mutating func finish() throws(StoreFault) {
        try pending.save()
        try chains.save()
        for alarm in report.alarms { try ledger.raise(alarm, at: received) }
    }

    /// Begins a chain behind a record, and takes those that waited for it.
    mutating func begin(_ start: ChainStart, _ key: ChainBook.Key) throws(StoreFault) {
        var chain = try chains.chain(key)
        guard chain.head.sequence == 0 else { throw start.refusal(chain.head) }
        chain.head.begin(start)
        chains.keep(chain, key)
        try release(key)
    }

    private mutating func take(
        _ record: UsageRecord, _ isIntact: Bool, _ arrival: Arrival, _ key: ChainBook.Key
    ) throws(StoreFault) {
        switch try chains.judge(record, isIntact: isIntact, key) {
        case .next: try accept(record, arrival, key)
        case .known: try compare(record, arrival.text, key)
        case .beyond: try hold(record, arrival.text, key)
        case .before: report.before += 1
        case .bad(let kind, let fault):
            var chain = try chains.chain(key)
            if record.sequence == chain.head.sequence + 1 {
                chain.head.stop = fault
                chains.keep(chain, key)
            }
            try refuse(alarm(kind, record, fault, arrival.text))
        }
    }

    private mutating func accept(_ record: UsageRecord, _ arrival: Arrival, _ key: ChainBook.Key) throws(StoreFault) {
        var chain = try chains.chain(key)
        let (time, alarms) = try pending.add(record, arrival, gateway: key.gateway, closed: chain.head.closed)
        for (kind, fault) in alarms { report.alarms.append(alarm(kind, record, fault, nil)) }
        let isBelieved = time.doubt == nil && record.draft.kind != .adjust
        chain.head.accept(record, closed: isBelieved ? record.draft.times.close : nil)
        chains.keep(chain, key)
        report.accepted += 1
    }

    private mutating func compare(_ record: UsageRecord, _ text: String, _ key: ChainBook.Key) throws(StoreFault) {
        if try pending.hash(of: record, gateway: key.gateway) == record.hash {
            report.doubles += 1
        } else {
            let fault =
                "record \(record.sequence) is here with another content: one of the two is a forgery, or two gateways have "
                + "this name: give each its own"
            try refuse(alarm(.conflict, record, fault, text))
        }
    }

    private mutating func hold(_ record: UsageRecord, _ text: String, _ key: ChainBook.Key) throws(StoreFault) {
        let place: [SQLValue] = [.integer(key.gateway), .whole(record.epoch)]
        let waiting = try ledger.integer("SELECT count(*) FROM held WHERE gw = ?1 AND epoch = ?2 LIMIT 1", place)
        guard waiting < Self.heldAtMost else {
            let fault = "\(waiting) records wait behind a hole already: this one has to be sent again"
            return try refuse(alarm(.overflow, record, fault, nil))
        }
        try ledger.run(
            """
            INSERT INTO held (gw, epoch, seq, h, body, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (gw, epoch, seq) DO NOTHING
            """,
            place + [.whole(record.sequence), .text(record.hash), .text(text), .integer(received.microseconds)])
        var chain = try chains.chain(key)
        chain.firstHeld = min(chain.firstHeld ?? record.sequence, record.sequence)
        chains.keep(chain, key)
        report.held += 1
    }

    /// Once the hole before them is filled, those that waited are taken in their order.
    private mutating func release(_ key: ChainBook.Key) throws(StoreFault) {
        while let first = try chains.chain(key).firstHeld, try first <= chains.chain(key).head.sequence + 1 {
            let place: [SQLValue] = [.integer(key.gateway), .whole(key.epoch), .whole(first)]
            let text = try ledger.first(
                "SELECT body FROM held WHERE gw = ?1 AND epoch = ?2 AND seq = ?3 LIMIT 1", place
            ) { $0.text(0) }
            try ledger.run("DELETE FROM held WHERE gw = ?1 AND epoch = ?2 AND seq = ?3", place)
            let next = try ledger.integer(
                "SELECT COALESCE(min(seq), 0) FROM held WHERE gw = ?1 AND epoch = ?2 LIMIT 1", Array(place.prefix(2)))
            var chain = try chains.chain(key)
            chain.firstHeld = next > 0 ? UInt64(next) : nil
            chains.keep(chain, key)
            guard let text else { continue }
            let arrival = Arrival(Array(text.utf8), place: "held")
            guard case .record(let record, let isIntact) = arrival.content else { continue }
            try take(record, isIntact, arrival, key)
        }
    }

    private mutating func refuse(_ alarm: Alarm) throws(StoreFault) {
        report.refused += 1
        report.alarms.append(alarm)
    }

    private func alarm(_ kind: AlarmKind, _ record: UsageRecord, _ fault: String, _ text: String?) -> Alarm {
        Alarm(
            kind, gateway: record.gateway, epoch: record.epoch, sequence: record.sequence, text: fault, body: text)
    }
}

extension BillingLedger {
    /// Takes records in the order they came, all in one transaction: a process that dies leaves all of them or none.
    package func ingest(_ arrivals: [Arrival], received: Timestamp) throws(StoreFault) -> IngestReport {
        try transaction { () throws(StoreFault) -> IngestReport in
            var batch = try IngestionBatch(self, received: received)
            try batch.prefetch(arrivals[...])
            for arrival in arrivals { try batch.take(arrival) }
            try batch.finish()
            return batch.report
        }
    }
}
