import FieldModel
import JSONText
import Platform
import Signing

/// Epochs and the audit trail in a folder of their own, written by a thread of their own; the trail also goes to the
/// spool's audit stream.
package final class AuditTrail: ControlLog {
    /// Facts that may wait in memory while the disk does not answer.
    package static let capacity = 4096

    private enum Job: Sendable {
        case store(ControlStanding, device: String, then: @Sendable (Bool) -> Void)
        case record([EventBatch.Field], device: String, time: Timestamp)
    }

    private struct Queue {
        var jobs: [Job] = []
        var dropped = 0
        var stopping = false
    }

    private let directory: String
    private let queue = Monitor(Queue())
    private let room = Flag()
    private let turns = Counter()
    private let time: any TimeSource
    private let thread: OwnerThread

    /// The trail continues the chain that its file ends with. `key` signs the records that end sessions.
    package init(
        directory: String, spool: any Spool, key: SigningKey?, time: any TimeSource,
        notice: @escaping @Sendable (String) -> Void
    ) throws(SystemError) {
        self.directory = directory
        self.time = time
        try FileText.makeFolder(directory)
        let (file, lines, torn) = try AuditFile.open(directory + "/audit.jsonl")
        let chain = Self.chain(after: lines)
        let writer = Writer(
            directory: directory, file: file, chain: chain, spool: spool, key: key, time: time, room: room,
            notice: notice)
        writer.start(torn: torn)
        let (queue, turns, handoff) = (self.queue, self.turns, Handoff(writer))
        thread = try OwnerThread(name: "audit") { Self.run(queue, handoff.take(), turns) }
    }

    private static func chain(after lines: [String]) -> AuditChain {
        guard let last = lines.last, let record = try? JSONReader.read(last),
            let hash = Hex.bytes(record.text("hash"), count: 32)
        else { return AuditChain(number: UInt64(lines.count)) }
        return AuditChain(number: UInt64(clamping: record.integer("n")), hash: hash)
    }

    package func standing(of device: String) -> ControlStanding {
        guard let text = FileText.read(Writer.path(directory, device)) else {
            return ControlStanding(epoch: firstEpoch)
        }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let epoch = UInt64(words[0]) else {
            // Whatever it was: the machine is locked, and what comes is above any epoch granted so far: a grant takes a
            // second. In seconds, so that it fits 32 bits in the machine too.
            return ControlStanding(epoch: UInt64(max(0, time.utc().microseconds / 1_000_000)), isOpen: true)
        }
        return ControlStanding(epoch: epoch, isOpen: words[1] != "closed")
    }

    /// Where nothing is known: the clock's seconds. A machine remembers the epochs of a gateway whose disk was lost, and
    /// obeys none that came before; sessions are granted more slowly than seconds pass.
    private var firstEpoch: UInt64 { UInt64(max(0, time.utc().microseconds / 1_000_000)) }

    package func store(_ standing: ControlStanding, of device: String, then: @escaping @Sendable (Bool) -> Void) {
        queue.signal { queue in
            queue.jobs.append(.store(standing, device: device, then: then))
            return true
        }
    }

    package func record(_ fields: [EventBatch.Field], of device: String) {
        let now = time.utc()
        queue.signal { queue in
            guard queue.jobs.count < Self.capacity else {
                queue.dropped += 1
                return false
            }
            queue.jobs.append(.record(fields, device: device, time: now))
            return true
        }
    }

    package var hasRoom: Bool { room.load() }
    package var progress: Int64 { turns.load() }

    /// What was handed over is still written.
    package func close() {
        queue.signal { queue in
            queue.stopping = true
            return true
        }
        thread.join()
    }

    private static func run(_ queue: Monitor<Queue>, _ writer: Writer, _ turns: Counter) {
        while true {
            let (jobs, dropped, stopping) = queue.wait { state -> Wait<([Job], Int, Bool)> in
                turns.add()
                guard state.jobs.isEmpty, !state.stopping, !writer.isWaiting else {
                    defer { (state.jobs, state.dropped) = ([], 0) }
                    return .done((state.jobs, state.dropped, state.stopping))
                }
                return .pause(.seconds(1))
            }
            for job in jobs {
                switch job {
                case .store(let standing, let device, let then): then(writer.store(standing, device))
                case .record(let fields, let device, let time): writer.add(fields, device, time)
                }
            }
            writer.dropped += dropped
            writer.flush()
            if stopping { return }
            if writer.isWaiting { writer.pause() }
        }
    }
}
