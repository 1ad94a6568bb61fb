import ControlPath
import FieldModel

/// The way to a loader that a test holds: how late it answers, and what it gets wrong.
package final class BenchBus: ControlBus {
    package enum Manner: Hashable, Sendable {
        case good
        /// Refuses every request, or only those that read.
        case exception(UInt8)
        case readException(UInt8)
        /// No answer: the bus gives up after 50 ms.
        case timeout
        /// Takes writes, and answers no read.
        case readTimeout
        /// Fails at once, as where nobody listens.
        case refused
        /// No answer, and nobody gives up.
        case never
    }

    private struct Running {
        var job: ControlJob
        var due: Instant
        var began: Instant
        var next = 0
        var hasLeft = false
        var answers: [[UInt16]] = []
        var ending: ControlAnswer?
    }

    package var controller = LoaderController()
    package var manner = Manner.good
    /// From a request to its answer.
    package var lateness = Duration.zero
    /// How long a job waits for others before it leaves, as on a shared bus.
    package var waiting = Duration.zero
    /// What the machine reads back, changed.
    package var distort: (ReadRequest, [UInt16]) -> [UInt16] = { $1 }
    /// Told of every write at the moment it leaves.
    package var onWrite: (WriteRequest, Instant) -> Void = { _, _ in }
    /// Told of every job that the station hands over.
    package var onJob: (ControlJob, Instant) -> Void = { _, _ in }
    private var running: Running?
    private var answer: ControlAnswer?
    private var generation: UInt32 = 0
    private var change: Bool? = true

    package init() {}

    package var isBusy: Bool { running != nil || answer != nil }
    /// When something happens here by itself.
    package var due: Instant? { running?.due }

    /// The connection comes or goes.
    package func connect(_ isThere: Bool) { change = isThere }

    package func begin(_ job: ControlJob, at now: Instant) {
        onJob(job, now)
        running = Running(job: job, due: now + waiting, began: now)
        advance(at: now)
    }

    package func takeAnswer() -> ControlAnswer? {
        defer { answer = nil }
        return answer
    }

    package func turn(at now: Instant) -> Bool? {
        advance(at: now)
        defer { change = nil }
        return change
    }

    package func void(before generation: UInt32) { self.generation = generation }

    private func advance(at now: Instant) {
        while var current = running, now >= current.due {
            if let ending = current.ending {
                (answer, running) = (ending, nil)
                return
            }
            step(&current, at: now)
            running = current
        }
    }

    private func isVoid(_ running: Running, at now: Instant) -> Bool {
        if !running.hasLeft, let until = running.job.validUntil, now > until { return true }
        return running.job.generation.map { $0 != generation } ?? false
    }

    private func step(_ running: inout Running, at now: Instant) {
        let job = running.job
        guard running.next < job.writes.count + job.reads.count else {
            running.ending = .answers(running.answers, asked: running.began)
            return
        }
        guard !isVoid(running, at: now) else {
            running.ending = .stale
            return
        }
        running.hasLeft = true
        running.due = now + lateness
        if running.next < job.writes.count {
            write(job.writes[running.next], &running, at: now)
        } else {
            read(job.reads[running.next - job.writes.count], &running, at: now)
        }
        running.next += 1
    }

    private func write(_ request: WriteRequest, _ running: inout Running, at now: Instant) {
        switch manner {
        case .good, .readException, .readTimeout:
            onWrite(request, now)
            controller.write(request, at: now)
        default: fail(&running, at: now)
        }
    }

    private func read(_ request: ReadRequest, _ running: inout Running, at now: Instant) {
        guard manner == .good else { return fail(&running, at: now) }
        running.answers.append(distort(request, controller.read(request, at: now)))
    }

    private func fail(_ running: inout Running, at now: Instant) {
        switch manner {
        case .good: break
        case .exception(let code), .readException(let code): running.ending = .failed(.exception(code))
        case .timeout, .readTimeout: (running.ending, running.due) = (.failed(.timeout), now + .milliseconds(50))
        case .refused: running.ending = .failed(.disconnected("Connection refused"))
        case .never: running.due = Instant(nanoseconds: .max)
        }
    }
}
