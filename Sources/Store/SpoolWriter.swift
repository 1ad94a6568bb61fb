import FieldModel
import Platform
import SQLite

/// The spool's one writer: commits in groups, fetches what memory no longer holds, does the odd job.
struct SpoolWriter {
    private enum Work {
        case commit(SpoolWork)
        case fetch(Stream, after: UInt64)
        case job(@Sendable (SpoolEngine) -> Void)
        case call(@Sendable () -> Void)
        case stop
    }

    let shared: Monitor<SpoolMemory>
    let engine: SpoolEngine
    let settings: SpoolSettings
    let time: any TimeSource
    let turns: Counter
    let watch: SpoolFileWatch
    let onAlarm: @Sendable (String?) -> Void

    /// Returns when the spool is closed and everything that could be written is.
    func run() {
        while true {
            switch next() {
            case .job(let job): job(engine)
            case .call(let call): call()
            case .fetch(let stream, let after): fetch(stream, after)
            case .commit(let work): commit(work)
            case .stop: return
            }
        }
    }

    private func next() -> Work {
        shared.wait { state -> Wait<Work> in
            turns.add()
            if !state.jobs.isEmpty { return .done(.job(state.jobs.removeFirst())) }
            if !state.stopping, let (stream, after) = state.wantedRows.first {
                return .done(.fetch(stream, after: after))
            }
            if !state.stopping, let wake = state.wake, time.now() >= wake.at {
                state.wake = nil
                return .done(.call(wake.then))
            }
            guard state.hasWork else { return state.stopping ? .done(.stop) : .pause(.seconds(1)) }
            let now = time.now()
            let pressing = state.isPressing(settings)
            // After a failure nothing presses: the disk is asked once a second.
            if state.stopping || now >= state.commitAt || (pressing && state.alarm == nil) {
                return .done(.commit(state.takeWork()))
            }
            return .pause(min(now.duration(to: state.commitAt), .seconds(1)))
        }
    }

    private func fetch(_ stream: Stream, _ after: UInt64) {
        let rows = try? engine.table(stream).rows(after: after, limit: 512, bytes: 256 << 10, epoch: engine.epoch)
        let handlers = shared.withLock { state -> [@Sendable () -> Void] in
            state.wantedRows[stream] = nil
            guard let rows else { return [] }
            // Nothing stored above: whatever there was has been dropped, and the tail goes on from here.
            let through = rows.last?.identity.sequence ?? state.last(of: stream)
            state.fetched[stream] = SpoolMemory.Fetched(after: after, through: through, rows: rows)
            return Array(state.handlers.values)
        }
        for handler in handlers { handler() }
    }

    private func commit(_ work: SpoolWork) {
        do throws(DatabaseError) {
            let outcome = try engine.commit(work)
            let (handlers, cleared) = shared.withLock { state -> ([@Sendable () -> Void], Bool) in
                state.take(
                    outcome, lost: work.lost[.telemetry] ?? 0, from: engine, limit: settings.memoryBytes, time: time)
                state.commitAt = time.now() + settings.commitInterval
                defer { state.alarm = nil }
                return (outcome.rows.isEmpty ? [] : Array(state.handlers.values), state.alarm != nil)
            }
            if cleared { onAlarm(nil) }
            if let gone = watch.look(at: time.now()) { onAlarm(gone) }
            for (composition, number) in zip(work.compositions, outcome.composed) { composition.then(number) }
            for handler in handlers { handler() }
        } catch {
            refused(work, error)
        }
    }

    private func refused(_ work: SpoolWork, _ error: DatabaseError) {
        let message = "the spool in \(settings.directory) cannot be written: \(error.message)"
        let (raised, given) = shared.withLock { state -> (Bool, [SpoolWork.Composition]) in
            state.putBack(work)
            state.commitAt = time.now() + .seconds(1)
            // The last try of a closing spool: what cannot be written now is lost, and said.
            let given = state.stopping ? state.work.compositions : []
            if state.stopping { state.work = SpoolWork() }
            defer { state.alarm = state.alarmText(message) }
            return (state.alarm == nil, given)
        }
        for composition in given { composition.then(nil) }
        if raised { onAlarm(message) }
    }
}

extension SpoolEngine {
    func state(of stream: Stream) -> StreamState {
        let counts = table(stream).counts
        return StreamState(
            stream: stream, last: UInt64(counts.last), settled: settledByAll(stream), rows: Int(counts.rows),
            bytes: Int(counts.bytes), dropped: UInt64(counts.dropped), oldest: (try? table(stream).oldest())??.at)
    }
}
