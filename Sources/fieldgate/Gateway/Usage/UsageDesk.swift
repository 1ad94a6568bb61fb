import FieldModel
import Logging
import Platform
import Signing
import Store
import UsageWire

/// Hears what the receiver of usage records says: how far it has them, and which it lacks.
final class UsageDesk: Sendable {
    /// Requests that wait; what comes beyond is said again by a receiver that still lacks it.
    private static let limit = 32
    private static let batch = 64

    private struct State {
        var wanted: [UsageReplayRequest] = []
        var rows: [SpoolRow] = []
        var isReading = false
        var wake: @Sendable () -> Void = {}
    }

    private let journal: UsageJournal
    private let receiver: VerifyingKey?
    private let time: any TimeSource
    private let spool: any Spool
    private let logger: Logger
    private let state = Monitor(State())

    /// With `receiver`, only what that key has signed counts.
    init(_ journal: UsageJournal, receiver: String?, time: any TimeSource, spool: any Spool, logger: Logger) {
        self.journal = journal
        self.receiver = receiver.flatMap { VerifyingKey($0) }
        self.time = time
        self.spool = spool
        self.logger = logger
        if receiver != nil, self.receiver == nil {
            logger.error("broker.receiver_key is no Ed25519 key: write the one that the receiver shows")
        }
    }

    /// `wake` is called when rows that were asked for can be sent.
    func onRows(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
    }

    func receipt(_ payload: [UInt8]) {
        do throws(UsageFault) {
            let receipt = try UsageReceipt(document: payload, key: receiver)
            journal.acknowledge(receipt) { [weak self] verdict in self?.heard(verdict, receipt) }
        } catch {
            logger.warning("an acknowledgement of usage records does not count", metadata: ["reason": "\(error)"])
        }
    }

    func replay(_ payload: [UInt8]) {
        do throws(UsageFault) {
            let request = try UsageReplayRequest(document: payload, key: receiver)
            guard request.gateway == journal.gateway, request.epoch == journal.epoch else {
                return logger.warning(
                    "usage records of another epoch are asked for, which this store does not have",
                    metadata: ["asked": "\(request.gateway) \(request.epoch)", "epoch": "\(journal.epoch)"])
            }
            state.withLock { state in
                // What waits already is sent once, however often it is asked for.
                let overlapping = state.wanted.firstIndex {
                    $0.from <= request.through && request.from <= $0.through
                }
                if let place = overlapping {
                    state.wanted[place].through = max(state.wanted[place].through, request.through)
                    // Of the first one a part is under way already.
                    if place > 0 { state.wanted[place].from = min(state.wanted[place].from, request.from) }
                } else if state.wanted.count < Self.limit {
                    state.wanted.append(request)
                }
            }
            read()
        } catch {
            logger.warning("a request for usage records does not count", metadata: ["reason": "\(error)"])
        }
    }

    /// Rows to send once more, oldest request first.
    func rows(limit: Int) -> [SpoolRow] {
        guard limit > 0 else { return [] }
        let (rows, isEmpty) = state.withLock { state -> ([SpoolRow], Bool) in
            let rows = Array(state.rows.prefix(limit))
            state.rows.removeFirst(rows.count)
            return (rows, state.rows.isEmpty && !state.wanted.isEmpty)
        }
        if isEmpty { read() }
        return rows
    }

    /// Fetches the next rows of the oldest request, unless some wait to be sent.
    private func read() {
        let next = state.withLock { state -> UsageReplayRequest? in
            guard !state.isReading, state.rows.isEmpty, let first = state.wanted.first else { return nil }
            state.isReading = true
            return first
        }
        guard let next else { return }
        journal.records(from: next.from, through: next.through, limit: Self.batch) { [weak self] rows in
            self?.fetched(rows, next)
        }
    }

    private func fetched(_ rows: [SpoolRow], _ request: UsageReplayRequest) {
        let wake = state.withLock { state -> @Sendable () -> Void in
            state.isReading = false
            state.rows += rows
            if let last = rows.last?.identity.sequence, last < state.wanted[0].through {
                state.wanted[0].from = last + 1
            } else {
                state.wanted.removeFirst()
            }
            return state.wake
        }
        if let first = rows.first?.identity.sequence, first == request.from {
            logger.info("usage records are sent again", metadata: ["from": "\(first)", "count": "\(rows.count)"])
        } else if rows.first?.identity.sequence != request.from {
            logger.warning(
                "usage records are asked for that are no longer here",
                metadata: ["from": "\(request.from)", "to": "\(request.through)", "sent": "\(rows.count)"])
        }
        wake()
        read()
    }

    private func heard(_ verdict: UsageReceiptVerdict, _ receipt: UsageReceipt) {
        guard case .superseded(let reason) = verdict else { return }
        logger.error(
            "the receiver of usage records has another chain than this store: the gateway's next start begins a new epoch",
            metadata: ["reason": "\(reason)"])
        let event = EventBatch(
            kind: .event, device: "gateway", time: time.utc(), clock: time.clockQuality(),
            fields: [
                EventBatch.Field("event", .text("usage_superseded")), EventBatch.Field("reason", .text(reason)),
                EventBatch.Field("receiver_epoch", .integer(Int64(receipt.epoch))),
                EventBatch.Field("receiver_seq", .integer(Int64(clamping: receipt.sequence))),
            ])
        spool.append(RowCodec.encode(event), to: .event)
    }
}
