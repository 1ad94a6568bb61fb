import FieldModel
import Platform
import SQLite

/// The command journal on SQLite: a file and a thread of its own, so that a command never waits behind a commit of
/// telemetry.
package final class JournalStore: CommandJournal {
    /// Commands remembered, and for how long.
    package static let limit = 10_000
    package static let age = Duration.seconds(24 * 3600)

    private struct Entry: Sendable {
        var result: CommandResult
        var time: Timestamp
        /// The command is to be admitted; else only its result is recorded.
        var isNew: Bool
        var then: @Sendable (Admission) -> Void
    }

    private struct State {
        var entries: [Entry] = []
        var stopping = false
    }

    private let shared = Monitor(State())
    private let turns = Counter()
    private let time: any TimeSource
    private let thread: OwnerThread
    private let lost: [CommandResult]

    /// Opens the journal beside the spool; whoever holds the spool's lock may. A damaged file is set aside.
    package init(path: String, time: any TimeSource, notice: (String) -> Void) throws(SpoolFault) {
        let (engine, lost) = try Self.open(path, time, notice)
        self.lost = lost
        self.time = time
        let turns = self.turns
        let shared = self.shared
        let handoff = Handoff(engine)
        do throws(SystemError) {
            thread = try OwnerThread(name: "journal", priority: .fifo(49)) {
                Self.run(shared, handoff.take(), time, turns)
            }
        } catch {
            throw .unavailable("no thread for the command journal: \(error)")
        }
    }

    private static func open(
        _ path: String, _ time: any TimeSource, _ notice: (String) -> Void
    ) throws(SpoolFault) -> (JournalEngine, [CommandResult]) {
        for isSecondTry in [false, true] {
            do throws(DatabaseError) {
                let engine = try JournalEngine(path: path)
                return (engine, try engine.closeOrphans())
            } catch {
                guard error.isCorruption, !isSecondTry else {
                    throw .unavailable(
                        "the command journal \(path) cannot be opened: \(error.message); "
                            + "see that the spool's folder has room and that this user may write there")
                }
                let aside = try SpoolOpening.setAside(path, at: time.utc())
                notice(
                    "the command journal was damaged (\(error.message)); it is kept as \(aside), and commands "
                        + "received before today are no longer known")
            }
        }
        preconditionFailure("a second try returns or throws")
    }

    package func admit(
        id: String, device: String, at time: Timestamp, verdict: CommandResult?,
        then: @escaping @Sendable (Admission) -> Void
    ) {
        let open = CommandResult(id: id, device: device, stage: .received)
        post(Entry(result: verdict ?? open, time: time, isNew: true, then: then))
    }

    package func record(_ result: CommandResult, then: @escaping @Sendable (Admission) -> Void) {
        post(Entry(result: result, time: time.utc(), isNew: false, then: then))
    }

    /// How often the journal's thread came round: the sign of life that the watchdog follows.
    package var progress: Int64 { turns.load() }

    package func orphans() throws(SpoolFault) -> [CommandResult] { lost }

    /// Stores what is waiting, and closes.
    package func close() {
        shared.signal { state in
            state.stopping = true
            return true
        }
        thread.join()
    }

    private func post(_ entry: Entry) {
        var accepted = false
        shared.signal { state in
            // Results are always taken: there are no more of them than commands.
            accepted = !entry.isNew || state.entries.count < Self.limit
            if accepted { state.entries.append(entry) }
            return accepted
        }
        if !accepted { entry.then(.unavailable("\(Self.limit) commands wait to be stored")) }
    }

    private static func run(
        _ shared: Monitor<State>, _ engine: JournalEngine, _ time: any TimeSource, _ turns: Counter
    ) {
        while true {
            let entries = shared.wait { state -> Wait<[Entry]> in
                turns.add()
                if state.entries.isEmpty { return state.stopping ? .done([]) : .pause(.seconds(1)) }
                defer { state.entries = [] }
                return .done(state.entries)
            }
            guard !entries.isEmpty else { return }
            store(entries, engine, time)
            engine.tidy()
        }
    }

    /// One commit for all that came together; the answers are given after it.
    private static func store(_ entries: [Entry], _ engine: JournalEngine, _ time: any TimeSource) {
        var answers: [Admission] = []
        do throws(DatabaseError) {
            answers = try engine.store(entries.map { ($0.result, $0.time, $0.isNew) }, now: time.utc())
        } catch {
            answers = entries.map { _ in .unavailable(error.message) }
        }
        for (entry, answer) in zip(entries, answers) { entry.then(answer) }
    }
}
