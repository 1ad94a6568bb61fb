import Control
import FieldModel
import ModbusLink
import Platform

/// What an order comes to on the bus.
package struct ControlJob: Sendable {
    package var writes: [WriteRequest]
    package var reads: [ReadRequest]
    /// After this nothing is written any more.
    package var validUntil: Instant?
    /// Under another generation nothing of it is written any more; nil for what no stop may hold up.
    package var generation: UInt32?
}

/// What a job brought.
package enum ControlAnswer: Sendable {
    case answers([[UInt16]], asked: Instant)
    case stale
    case failed(BusFault)
}

/// A machine's way to its registers: one job at a time, never waited for.
package protocol ControlBus: AnyObject {
    var isBusy: Bool { get }
    func begin(_ job: ControlJob, at now: Instant)
    /// Once a job: what became of it.
    func takeAnswer() -> ControlAnswer?
    /// After every round of events; tells when the connection came or went.
    func turn(at now: Instant) -> Bool?
    /// The session's generation has changed: what waits is void.
    func void(before generation: UInt32)
}

/// A Modbus TCP connection for control alone, on the control loop.
package final class OwnBus: ControlBus {
    private enum State {
        case waiting(until: Instant)
        case dialling(ControlDial)
        case connected(ControlConnection)
    }

    private let host: String
    private let port: UInt16
    private let timeout: Duration
    private let time: any TimeSource
    private let loop: EventLoop
    /// How long the silence of a dead gateway's connection is awaited, where no permit protects the machine.
    private let quiet: Duration
    private var state: State
    private var backoff = Backoff(first: .milliseconds(100), longest: .seconds(2))
    private var lost: BusFault?
    /// Of the job under way, where a stop voids it.
    private var generation: UInt32?
    private var isVoid = false
    private let alarm = TimerSource()

    package init(
        host: String, port: UInt16, timeout: Duration, quiet: Duration, time: any TimeSource, loop: EventLoop
    ) {
        self.host = host
        self.port = port
        self.timeout = timeout
        self.quiet = quiet
        self.time = time
        self.loop = loop
        state = .waiting(until: time.now() + quiet)
        alarm.deadline = time.now() + quiet
        loop.add(alarm)
    }

    package var isBusy: Bool { if case .connected(let connection) = state { connection.isBusy } else { lost != nil } }

    package func begin(_ job: ControlJob, at now: Instant) {
        guard case .connected(let connection) = state else {
            lost = .disconnected("no connection")
            return
        }
        (generation, isVoid) = (job.generation, false)
        // Nothing waits between here and the wire, so this is the moment of leaving.
        connection.begin(writes: job.writes, reads: job.reads, at: now)
    }

    package func takeAnswer() -> ControlAnswer? {
        if let fault = lost {
            lost = nil
            return .failed(fault)
        }
        guard case .connected(let connection) = state, let outcome = connection.takeOutcome() else { return nil }
        guard !isVoid else { return .stale }
        switch outcome.result {
        case .success(let answers): return .answers(answers, asked: outcome.left)
        case .failure(let fault): return .failed(fault)
        }
    }

    package func turn(at now: Instant) -> Bool? {
        switch state {
        case .waiting(let until):
            guard now >= until else {
                alarm.deadline = until
                return nil
            }
            dial(at: now)
            return nil
        case .dialling(let dial): return dial.take().flatMap { dialled($0, at: now) }
        case .connected(let connection):
            guard let fault = connection.fault else { return nil }
            if connection.takeOutcome() != nil { lost = fault }
            loop.remove(connection)
            retry(at: now)
            return false
        }
    }

    package func void(before generation: UInt32) {
        guard case .connected(let connection) = state, connection.isBusy, let own = self.generation,
            own != generation
        else { return }
        isVoid = true
        connection.dropUnsent()
    }

    private func dial(at now: Instant) {
        do throws(SystemError) {
            state = .dialling(
                try ControlDial(host: host, port: port, patience: .seconds(1), done: loop.wakeUp))
        } catch {
            retry(at: now)
        }
    }

    private func dialled(_ outcome: Result<Int32, BusFault>, at now: Instant) -> Bool? {
        switch outcome {
        case .failure:
            retry(at: now)
            return nil
        case .success(let socket):
            let connection = ControlConnection(socket: socket, timeout: timeout, time: time)
            loop.add(connection)
            state = .connected(connection)
            backoff.reset()
            return true
        }
    }

    private func retry(at now: Instant) {
        let until = now + backoff.next(jitter: .random(in: 0..<1))
        state = .waiting(until: until)
        alarm.deadline = until
    }
}

/// The bus that a machine shares with others: control goes first, after at most one transaction.
package final class SharedBus: ControlBus {
    private struct State {
        var answer: ControlAnswer?
        var generation: UInt32 = 0
    }

    private let thread: BusThread
    private let time: any TimeSource
    private let wakeUp: @Sendable () -> Void
    private let state = Monitor(State())
    private var hasBegun = false
    private var isKnown = false

    package init(_ thread: BusThread, time: any TimeSource, wakeUp: @escaping @Sendable () -> Void) {
        self.thread = thread
        self.time = time
        self.wakeUp = wakeUp
    }

    package var isBusy: Bool { hasBegun }

    package func begin(_ job: ControlJob, at now: Instant) {
        hasBegun = true
        let (state, time, wakeUp) = (state, time, wakeUp)
        let posted = thread.post(.control) { bus in
            let answer = Self.carryOut(job, on: bus, time: time) { state.withLock { $0.generation } }
            state.withLock { $0.answer = answer }
            wakeUp()
        }
        if !posted { state.withLock { $0.answer = .failed(.disconnected("the bus has too much to do, or ends")) } }
    }

    /// On the bus's thread: freshness is judged here, where the write leaves.
    private static func carryOut(
        _ job: ControlJob, on bus: any Bus, time: any TimeSource, generation: () -> UInt32
    ) -> ControlAnswer {
        let asked = time.now()
        if let until = job.validUntil, asked > until { return .stale }
        do throws(BusFault) {
            try bus.connect()
            for write in job.writes {
                // A stop may come between two writes of one job.
                if let own = job.generation, own != generation() { return .stale }
                try bus.write(write)
            }
            var answers: [[UInt16]] = []
            let sent = time.now()
            for read in job.reads {
                var values = [UInt16](repeating: 0, count: Int(read.count))
                try bus.read(read, into: &values)
                answers.append(values)
            }
            return .answers(answers, asked: sent)
        } catch {
            return .failed(error)
        }
    }

    package func takeAnswer() -> ControlAnswer? {
        let answer = state.withLock { state in
            defer { state.answer = nil }
            return state.answer
        }
        if answer != nil { hasBegun = false }
        return answer
    }

    package func turn(at now: Instant) -> Bool? {
        // Whoever has the bus connects it; a machine that doesn't answer shows in its jobs.
        guard !isKnown else { return nil }
        isKnown = true
        return true
    }

    package func void(before generation: UInt32) { state.withLock { $0.generation = generation } }
}
