import FieldModel
import Metering
import Platform

/// Records on their way into the ledger, in their order, one batch at a time. What the disk refuses is tried again: it
/// is never let go, and neither are the kernel's events that it speaks of.
final class MeterOutbox {
    /// A batch that was committed.
    struct Committed {
        var drafts: [UsageDraft]
        /// How many of the kernel's events it was made from.
        var events: Int
        var last: UInt64
        var keep: Keep?
    }

    /// What is kept outside the chain, once the records it follows are committed.
    struct Keep {
        var changed: [LiveTotals]
        var ended: [UsageConnection]

        /// Takes in what was to be kept before: the newest word on each connection stands.
        mutating func follow(_ before: Keep) {
            let newer = Set(changed.map { Self.name($0.connection) })
            let over = Set(ended.map(Self.name))
            changed =
                before.changed.filter {
                    let name = Self.name($0.connection)
                    return !newer.contains(name) && !over.contains(name)
                } + changed
            ended = before.ended.filter { !newer.contains(Self.name($0)) && !over.contains(Self.name($0)) } + ended
        }

        private static func name(_ connection: UsageConnection) -> UsageConnection {
            var name = connection
            name.part = 0
            return name
        }
    }

    private struct Batch {
        var drafts: [UsageDraft]
        var events: Int
        var keep: Keep?
    }

    /// What the ledger's thread answers.
    private enum Answer: Sendable {
        case none
        case committed(UInt64)
        case refused
    }

    private static let pause = Duration.seconds(1)

    private let ledger: any UsageLedger
    private let wakeUp: @Sendable () -> Void
    private let answer = Monitor(Answer.none)
    private var batches: [Batch] = []
    private var isOut = false
    private var retryAt: Instant?
    private(set) var refusals = 0

    init(_ ledger: any UsageLedger, wakeUp: @escaping @Sendable () -> Void) {
        self.ledger = ledger
        self.wakeUp = wakeUp
    }

    var isEmpty: Bool { batches.isEmpty }
    /// Events whose records are not committed yet.
    var events: Int { batches.reduce(0) { $0 + $1.events } }
    var deadline: Instant? { retryAt }

    func put(_ drafts: [UsageDraft], events: Int = 0, keep: Keep? = nil) {
        guard !drafts.isEmpty || events > 0 || keep != nil else { return }
        var keep = keep
        // While the disk refuses, totals are kept once, behind everything, however many looks there were.
        if keep != nil, let older = batches.indices.last(where: { batches[$0].keep != nil && !(isOut && $0 == 0) }) {
            if let before = batches[older].keep { keep?.follow(before) }
            batches[older].keep = nil
            if batches[older].drafts.isEmpty, batches[older].events == 0 { batches.remove(at: older) }
        }
        batches.append(Batch(drafts: drafts.map(\.recordable), events: events, keep: keep))
    }

    /// Takes the ledger's answer, and sends what is next. Call it every turn.
    func turn(at now: Instant) -> [Committed] {
        var done: [Committed] = []
        let answer = self.answer.withLock { answer in
            defer { answer = .none }
            return answer
        }
        switch answer {
        case .none: break
        case .committed(let last):
            let batch = batches.removeFirst()
            done.append(Committed(drafts: batch.drafts, events: batch.events, last: last, keep: batch.keep))
            (isOut, refusals) = (false, 0)
        case .refused:
            isOut = false
            refusals += 1
            retryAt = now + Self.pause
        }
        // What brought no record needs no commit.
        while !isOut, let first = batches.first, first.drafts.isEmpty {
            batches.removeFirst()
            done.append(Committed(drafts: [], events: first.events, last: 0, keep: first.keep))
        }
        send(at: now)
        return done
    }

    private func send(at now: Instant) {
        guard !isOut, let first = batches.first, retryAt.map({ $0 <= now }) ?? true else { return }
        (isOut, retryAt) = (true, nil)
        let (answer, wakeUp) = (self.answer, self.wakeUp)
        ledger.append(first.drafts) { last in
            answer.signal { state in
                state = last.map { .committed($0) } ?? .refused
                return true
            }
            wakeUp()
        }
    }

    /// At the end: waits until everything is committed, or for so long.
    func drain(_ time: any TimeSource, within limit: Duration) -> [Committed] {
        let deadline = time.now() + limit
        var done: [Committed] = []
        while true {
            done += turn(at: time.now())
            guard !isEmpty, time.now() < deadline else { return done }
            answer.wait { state in
                if case .none = state {
                    return time.now() >= deadline ? .done(()) : .pause(.milliseconds(20))
                }
                return .done(())
            }
        }
    }
}
