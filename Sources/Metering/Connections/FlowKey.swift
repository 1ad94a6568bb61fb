import FieldModel

/// What tells one connection of this boot from every other. Ids are used again, and kernels that do not stamp have no
/// start: only all three together do.
package struct FlowKey: Hashable, Sendable {
    package var start: UInt64
    package var id: UInt32
    package var tuple: Flow.Tuple

    package init(_ flow: Flow) {
        start = flow.start
        id = flow.id
        tuple = flow.original
    }

    /// Cheap: what differs between connections that are there at the same time.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(start)
        hasher.combine(id)
        hasher.combine(tuple.sourcePort)
    }
}

/// The same, as records name it. Start and id are enough where there is a start: the secret that tuples are hashed with
/// may have been lost, and the connection is the same one. What is gathered under one id has no other name than its tuple.
struct RecordedKey: Hashable, Sendable {
    var boot: String
    var start: UInt64
    var id: UInt32
    var tuple: String

    init(_ connection: UsageConnection) {
        boot = connection.boot
        start = connection.start
        id = connection.id
        tuple = connection.start == 0 || connection.id == Meter.gatheredID ? connection.tuple : ""
    }
}

/// Connections that ended, remembered until nothing older can speak of them any more.
struct EndedConnections: Sendable {
    /// A dump may have been taken before the end, and be read after it.
    static let rounds = 3
    /// Beyond, the oldest are forgotten: the events of one recovery at most are as many.
    static let limit = 65_536

    private var rounds: [FlowKey: Int] = [:]
    private var order: [(key: FlowKey, round: Int)] = []
    private var oldest = 0

    func contains(_ key: FlowKey) -> Bool { rounds[key] != nil }

    mutating func insert(_ key: FlowKey, round: Int) {
        rounds[key] = round
        order.append((key, round))
        if order.count - oldest > Self.limit { dropOldest() }
    }

    mutating func forget(before round: Int) {
        while oldest < order.count, order[oldest].round + Self.rounds < round { dropOldest() }
        if oldest > 4096, oldest * 2 > order.count {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    private mutating func dropOldest() {
        let (key, round) = order[oldest]
        if rounds[key] == round { rounds[key] = nil }
        oldest += 1
    }
}

/// Connections that were closed because no look showed them any more. What counted of them is remembered: a dump may lack
/// some, a mark may have been overwritten, an end may be told late, and nothing may be counted a second time.
struct VanishedConnections: Sendable {
    /// Beyond, the oldest are forgotten.
    static let limit = 16_384

    private var known: [RecordedKey: Meter.Resumable] = [:]
    private var order: [RecordedKey] = []
    private var oldest = 0

    /// As its stop record says it.
    mutating func insert(_ account: ConnectionAccount, close: Timestamp) {
        insert(
            Meter.Resumable(
                connection: account.connection, placement: account.placement, up: account.up, down: account.down,
                close: close, hasPart: true))
    }

    mutating func insert(_ resumable: Meter.Resumable) {
        let key = RecordedKey(resumable.connection)
        if known.updateValue(resumable, forKey: key) == nil { order.append(key) }
        guard order.count - oldest > Self.limit else { return }
        known[order[oldest]] = nil
        oldest += 1
        if oldest == Self.limit {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    mutating func take(_ key: RecordedKey) -> Meter.Resumable? { known.removeValue(forKey: key) }
}
