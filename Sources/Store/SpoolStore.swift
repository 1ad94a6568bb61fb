import CSystem
import FieldModel
import Platform
import SQLite

/// The spool on SQLite: one writer thread owns the database; everybody else meets it in memory, under one lock.
package final class SpoolStore: Spool {
    package let epoch: UInt32
    /// How the usage chain stood when the spool was opened; nil where nobody wanted to know.
    let usageTail: UsageTail?
    let settings: SpoolSettings
    private let time: any TimeSource
    private let shared: Monitor<SpoolMemory>
    private let turns = Counter()
    private let thread: OwnerThread

    /// Opens the spool, or makes it. A damaged file is set aside under a dated name, and a new epoch begins.
    ///
    /// `onAlarm` is told when rows cannot be committed, and again, with nil, when they can.
    /// `gateway` is whose usage records are kept in it: their chain is looked at, and a torn end is taken off. With nil
    /// the stream `usage` is one like any other.
    package init(
        _ settings: SpoolSettings, gateway: String? = nil, time: any TimeSource, notice: (String) -> Void,
        onAlarm: @escaping @Sendable (String?) -> Void
    ) throws(SpoolFault) {
        let (engine, lock) = try SpoolOpening.open(settings, gateway: gateway, time: time, notice: notice)
        let shared = Monitor(SpoolMemory(engine))
        let writer = SpoolWriter(
            shared: shared, engine: engine, settings: settings, time: time, turns: turns,
            watch: SpoolFileWatch(settings.databasePath), onAlarm: onAlarm)
        let handoff = Handoff((writer, lock))
        self.settings = settings
        self.time = time
        self.shared = shared
        epoch = engine.epoch
        usageTail = engine.usageTail
        do throws(SystemError) {
            thread = try OwnerThread(name: "spool") {
                let (writer, lock) = handoff.take()
                writer.run()
                lock.release()
            }
        } catch {
            throw .unavailable("no thread for the spool: \(error)")
        }
    }

    package func append(_ body: [UInt8], to stream: Stream, mayWait: Bool) {
        let row = SpoolWork.Pending(stream: stream, body: body, at: time.utc())
        shared.signal { state in
            let first = !state.hasWork
            let pressing = state.isPressing(settings)
            state.append(row, limit: settings.memoryBytes)
            if !mayWait { state.urgent = true }
            return first || state.urgent || (state.isPressing(settings) && !pressing)
        }
    }

    /// Accepts rows that `make` makes when it is told their first number; it is called again when the commit fails.
    /// They are committed at once, together or not at all, before anything that is accepted later. `then` is told the
    /// number of the last, or nil when they are given up. Both are called on the spool's thread.
    func compose(
        _ stream: Stream, cost: Int, make: @escaping @Sendable (UInt64) -> [[UInt8]],
        then: @escaping @Sendable (UInt64?) -> Void
    ) {
        let composition = SpoolWork.Composition(stream: stream, at: time.utc(), cost: cost, make: make, then: then)
        var isClosed = false
        shared.signal { state in
            isClosed = state.stopping
            if !isClosed, !state.append(composition, limit: settings.memoryBytes) {
                state.jobs.append { _ in then(nil) }
            }
            return true
        }
        if isClosed { then(nil) }
    }

    /// Calls `handler` on the spool's thread, once, within a second after `instant`. There is one such call.
    func wake(at instant: Instant, _ handler: @escaping @Sendable () -> Void) {
        shared.withLock { $0.wake = (instant, handler) }
    }

    /// Runs `body` on the spool's thread, and waits for it; nil when the spool is closed.
    func run<Result: Sendable>(_ body: @escaping @Sendable (SpoolEngine) -> Result) -> Result? { perform(body) }

    /// Runs `job` on the spool's thread, some time; never when the spool is closed.
    func enqueue(_ job: @escaping @Sendable (SpoolEngine) -> Void) {
        shared.signal { state in
            guard !state.stopping else { return false }
            state.jobs.append(job)
            return true
        }
    }

    package func flush() {
        shared.signal { state in
            state.urgent = state.hasWork
            return state.urgent
        }
    }

    package func cursor(of consumer: String, in stream: Stream) -> UInt64 {
        let key = SpoolWork.Settlement(consumer: consumer, stream: stream)
        if let known = shared.withLock({ $0.cursors[key] }) { return known }
        let stored = perform { $0.enrol(key) } ?? 0
        return shared.withLock { $0.remember(key, stored) }
    }

    package func last(of stream: Stream) -> UInt64 {
        shared.withLock { $0.last(of: stream) }
    }

    package func rows(of stream: Stream, after sequence: UInt64, limit: Int) -> [SpoolRow] {
        var rows: [SpoolRow]?
        shared.signal { state in
            rows = state.rows(of: stream, after: sequence, limit: limit)
            return rows == nil
        }
        return rows ?? []
    }

    package func settle(_ stream: Stream, through sequence: UInt64, by consumer: String) {
        let key = SpoolWork.Settlement(consumer: consumer, stream: stream)
        shared.signal { state in
            let first = !state.hasWork
            state.settle(key, through: sequence)
            return first
        }
    }

    package func reject(_ row: SpoolRow, reason: String) {
        shared.signal { state in
            let first = !state.hasWork
            state.work.rejected.append(SpoolWork.Rejection(row: row, reason: reason))
            return first
        }
    }

    package func onChange(of consumer: String, _ handler: @escaping @Sendable () -> Void) {
        shared.withLock { $0.handlers[consumer] = handler }
    }

    package var state: SpoolState {
        shared.withLock { state in
            SpoolState(
                epoch: epoch, streams: state.streams, pending: state.pending, deadLetters: state.deadLetters,
                alarm: state.alarm)
        }
    }

    package func register(_ layout: Layout) throws(SpoolFault) -> UInt32 {
        let result: Result<UInt32, DatabaseError>? = perform { engine in
            Result { () throws(DatabaseError) in try engine.register(layout) }
        }
        return try Self.unwrap(result)
    }

    package func layout(_ number: UInt32) throws(SpoolFault) -> Layout? {
        let result: Result<Layout?, DatabaseError>? = perform { engine in
            Result { () throws(DatabaseError) in try engine.layout(number) }
        }
        return try Self.unwrap(result)
    }

    /// How often the writer came round: the sign of life that the watchdog follows.
    package var progress: Int64 { turns.load() }

    /// Commits what is pending, closes the database and lets the lock go.
    package func close() {
        shared.signal { state in
            state.stopping = true
            return true
        }
        thread.join()
    }

    /// Runs `body` on the writer thread and waits for it; nil when the spool is closed.
    private func perform<Result: Sendable>(_ body: @escaping @Sendable (SpoolEngine) -> Result) -> Result? {
        let answer = Monitor<Result?>(nil)
        var accepted = false
        shared.signal { state in
            accepted = !state.stopping
            guard accepted else { return false }
            state.jobs.append { engine in
                let result = body(engine)
                answer.signal { slot in
                    slot = result
                    return true
                }
            }
            return true
        }
        guard accepted else { return nil }
        return answer.wait { slot in slot.map { .done($0) } ?? .pause(.seconds(1)) }
    }

    private static func unwrap<Value>(_ result: Result<Value, DatabaseError>?) throws(SpoolFault) -> Value {
        switch result {
        case .success(let value): return value
        case .failure(let error): throw .unavailable(error.message)
        case nil: throw .unavailable("the spool is closed")
        }
    }
}
