import BillStore
import FieldModel
import UsageWire

/// Decides what gateways are told: how far the desk has their chains, and what it lacks.
///
/// The broker's acknowledgement is no receipt: it is given before a message is stored. So every gateway gets a receipt
/// each minute and at the end, and is asked for what is missing: holes, and what it may have sent to a desk that died.
struct ReceiptDesk: Hashable, Sendable {
    enum Action: Hashable, Sendable {
        case acknowledge(UsageReceipt)
        case request(UsageReplayRequest)
    }

    enum Event: Hashable, Sendable {
        /// A connection stands: nobody knows what was lost before it.
        case connected([ChainState])
        /// Something was stored, or time has passed.
        case changed([ChainState])
        /// It is over: the last word.
        case ending([ChainState])
    }

    static let receipts = Duration.seconds(60)
    /// How long a gateway is given to send again, before it is asked again.
    static let patience = Duration.seconds(10)
    /// So many records are asked of a gateway at a time: a broker keeps only so many messages for who reads slowly
    /// (mosquitto: 1000), and throws the others away.
    static let window: UInt64 = 200

    private struct Chain: Hashable {
        var gateway: String
        var epoch: UInt32
    }

    /// A range that was asked for, and when.
    private struct Asked: Hashable {
        var from: UInt64
        var through: UInt64
        var at: Instant
    }

    private var nextReceipts = Instant(nanoseconds: 0)
    /// Holes by their last number, which stays the same while they are filled.
    private var holes: [Chain: [UInt64: Asked]] = [:]
    /// Behind the head, where nobody knows whether there is more.
    private var tails: [Chain: Asked] = [:]

    /// When it wants to be asked again.
    private(set) var deadline = Instant(nanoseconds: 0)

    /// Whether something was asked for: what comes may then be a reason to ask for more.
    var isWaiting: Bool { !tails.isEmpty || holes.values.contains { !$0.isEmpty } }

    mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .connected(let chains):
            nextReceipts = now + Self.receipts
            (holes, tails) = ([:], [:])
            let ends = Self.newest(chains).map { askBehindHead($0, at: now) }
            return Self.receipts(chains) + ends + missing(chains, at: now)
        case .changed(let chains):
            let isDue = now >= nextReceipts
            if isDue { nextReceipts = now + Self.receipts }
            return (isDue ? Self.receipts(chains) : []) + more(chains, at: now) + missing(chains, at: now)
        case .ending(let chains): return Self.receipts(chains)
        }
    }

    /// Goes on behind the head while something comes of it.
    private mutating func more(_ chains: [ChainState], at now: Instant) -> [Action] {
        var actions: [Action] = []
        for chain in chains {
            let key = Self.key(chain)
            guard let asked = tails[key] else { continue }
            if chain.head.sequence >= asked.through {
                actions.append(askBehindHead(chain, at: now))
            } else if now >= asked.at + Self.patience {
                if chain.head.sequence >= asked.from || chain.held > 0 {
                    actions.append(askBehindHead(chain, at: now))
                } else {
                    tails[key] = nil
                }
            }
        }
        return actions
    }

    private mutating func askBehindHead(_ chain: ChainState, at now: Instant) -> Action {
        let from = chain.head.sequence + 1
        let asked = Asked(from: from, through: from + Self.window - 1, at: now)
        tails[Self.key(chain)] = asked
        return Self.request(chain, asked)
    }

    /// Asks for holes: at once when one is new, and again when nothing has come of it.
    private mutating func missing(_ chains: [ChainState], at now: Instant) -> [Action] {
        var actions: [Action] = []
        var known = holes
        holes = [:]
        for chain in chains {
            let key = Self.key(chain)
            var room = Self.window
            for hole in chain.wanted where room > 0 {
                let asked: Asked
                if let before = known[key]?[hole.upperBound], hole.lowerBound <= before.through,
                    now < before.at + Self.patience
                {
                    asked = before
                } else {
                    let through = min(hole.upperBound, hole.lowerBound + room - 1)
                    asked = Asked(from: hole.lowerBound, through: through, at: now)
                    actions.append(Self.request(chain, asked))
                }
                room -= min(room, asked.through - min(asked.through, hole.lowerBound) + 1)
                holes[key, default: [:]][hole.upperBound] = asked
            }
            known[key] = nil
        }
        let open = tails.values.map(\.at) + holes.values.flatMap { $0.values.map(\.at) }
        deadline = open.map { $0 + Self.patience }.min().map { min($0, nextReceipts) } ?? nextReceipts
        return actions
    }

    private static func key(_ chain: ChainState) -> Chain { Chain(gateway: chain.gateway, epoch: chain.epoch) }

    private static func request(_ chain: ChainState, _ asked: Asked) -> Action {
        .request(
            UsageReplayRequest(
                gateway: chain.gateway, epoch: chain.epoch, from: asked.from, through: asked.through))
    }

    /// Gateways keep no account of epochs that are over.
    private static func newest(_ chains: [ChainState]) -> [ChainState] {
        Dictionary(grouping: chains, by: \.gateway).values.compactMap { $0.max { $0.epoch < $1.epoch } }
            .sorted { $0.gateway < $1.gateway }
    }

    private static func receipts(_ chains: [ChainState]) -> [Action] {
        newest(chains.filter { $0.head.sequence > 0 }).map { chain in
            .acknowledge(
                UsageReceipt(
                    gateway: chain.gateway, epoch: chain.epoch, sequence: chain.head.sequence, hash: chain.head.hash))
        }
    }
}
