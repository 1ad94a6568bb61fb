import BillStore
import FieldModel
import UsageWire

/// Decides what gateways are told: how far the desk has their chains, and what it lacks.
///
/// The broker's acknowledgement is no receipt: it is given before a message is stored. So every gateway gets a receipt
/// each minute and at the end, and is asked for what is missing: also for what it may have sent to a desk that died.
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

    private struct Chain: Hashable {
        var gateway: String
        var epoch: UInt32
    }

    static let receipts = Duration.seconds(60)
    /// How long a gateway is given to send again, before it is asked again.
    static let patience = Duration.seconds(10)

    private var nextReceipts = Instant(nanoseconds: 0)
    /// When each hole was last asked for.
    private var asked: [Chain: [ClosedRange<UInt64>: Instant]] = [:]

    /// When it wants to be asked again.
    private(set) var deadline = Instant(nanoseconds: 0)

    mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .connected(let chains):
            asked = [:]
            nextReceipts = now + Self.receipts
            let ends = Self.newest(chains).map {
                request($0, $0.head.sequence + 1...UInt64(CanonicalJSON.largestInteger))
            }
            return Self.receipts(chains) + ends + holes(chains, at: now)
        case .changed(let chains):
            guard now >= nextReceipts else { return holes(chains, at: now) }
            nextReceipts = now + Self.receipts
            return Self.receipts(chains) + holes(chains, at: now)
        case .ending(let chains): return Self.receipts(chains)
        }
    }

    /// Asks for what is missing: at once when a hole is new, and again when nothing has come of it.
    private mutating func holes(_ chains: [ChainState], at now: Instant) -> [Action] {
        var actions: [Action] = []
        deadline = nextReceipts
        for chain in chains {
            let key = Chain(gateway: chain.gateway, epoch: chain.epoch)
            var open: [ClosedRange<UInt64>: Instant] = [:]
            for hole in chain.wanted {
                let known = asked[key]?.first { $0.key.upperBound == hole.upperBound }?.value
                if let known, now < known + Self.patience {
                    open[hole] = known
                } else {
                    open[hole] = now
                    actions.append(request(chain, hole))
                }
                deadline = min(deadline, (open[hole] ?? now) + Self.patience)
            }
            asked[key] = open
        }
        return actions
    }

    /// Whether something was missing when it last looked: what comes may then uncover the next hole.
    var isWaiting: Bool { asked.values.contains { !$0.isEmpty } }

    private func request(_ chain: ChainState, _ range: ClosedRange<UInt64>) -> Action {
        .request(
            UsageReplayRequest(
                gateway: chain.gateway, epoch: chain.epoch, from: range.lowerBound, through: range.upperBound))
    }

    /// Gateways keep no account of epochs that are over.
    private static func newest(_ chains: [ChainState]) -> [ChainState] {
        Dictionary(grouping: chains, by: \.gateway).values.compactMap { $0.max { $0.epoch < $1.epoch } }
            .sorted { $0.gateway < $1.gateway }
    }

    private static func receipts(_ chains: [ChainState]) -> [Action] {
        newest(chains).filter { $0.head.sequence > 0 }.map { chain in
            .acknowledge(
                UsageReceipt(
                    gateway: chain.gateway, epoch: chain.epoch, sequence: chain.head.sequence, hash: chain.head.hash))
        }
    }
}
