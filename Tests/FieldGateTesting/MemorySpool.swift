import FieldModel
import Synchronization

/// The spool's contract in memory: rows are committed as they are appended, and read at once.
public final class MemorySpool: Spool {
    private struct Lane {
        var rows: [SpoolRow] = []
        var last: UInt64 = 0
        var settled: [String: UInt64] = [:]
    }

    private struct Contents {
        var lanes = [Lane](repeating: Lane(), count: Stream.allCases.count)
        var layouts: [Layout] = []
        var letters: [DeadLetter] = []
        var handlers: [String: @Sendable () -> Void] = [:]
    }

    /// A row the platform refused.
    public struct DeadLetter: Hashable, Sendable {
        public var row: SpoolRow
        public var reason: String
    }

    public let epoch: UInt32
    private let time: any TimeSource
    private let contents = Mutex(Contents())

    public init(epoch: UInt32 = 1, time: any TimeSource = ManualTime()) {
        self.epoch = epoch
        self.time = time
    }

    public var deadLetters: [DeadLetter] { contents.withLock { $0.letters } }

    public func register(_ layout: Layout) -> UInt32 {
        contents.withLock { contents in
            if let known = contents.layouts.firstIndex(of: layout) { return UInt32(known + 1) }
            contents.layouts.append(layout)
            return UInt32(contents.layouts.count)
        }
    }

    public func layout(_ number: UInt32) -> Layout? {
        contents.withLock { contents in
            number > 0 && Int(number) <= contents.layouts.count ? contents.layouts[Int(number) - 1] : nil
        }
    }

    public func append(_ body: [UInt8], to stream: Stream, mayWait: Bool) {
        change { contents in
            let index = Int(stream.rawValue)
            contents.lanes[index].last += 1
            let identity = RowIdentity(epoch: epoch, stream: stream, sequence: contents.lanes[index].last)
            contents.lanes[index].rows.append(SpoolRow(identity: identity, body: body))
        }
    }

    public func flush() {}

    public func cursor(of consumer: String, in stream: Stream) -> UInt64 {
        contents.withLock { $0.lanes[Int(stream.rawValue)].settled[consumer] ?? 0 }
    }

    public func last(of stream: Stream) -> UInt64 {
        contents.withLock { $0.lanes[Int(stream.rawValue)].last }
    }

    public func rows(of stream: Stream, after sequence: UInt64, limit: Int) -> [SpoolRow] {
        contents.withLock { contents in
            Array(
                contents.lanes[Int(stream.rawValue)].rows.lazy.filter { $0.identity.sequence > sequence }.prefix(limit))
        }
    }

    public func settle(_ stream: Stream, through sequence: UInt64, by consumer: String) {
        contents.withLock { contents in
            let index = Int(stream.rawValue)
            let before = contents.lanes[index].settled[consumer] ?? 0
            contents.lanes[index].settled[consumer] = max(before, sequence)
            guard !stream.staysWhenSettled else { return }
            let everybody = contents.lanes[index].settled.values.min() ?? 0
            contents.lanes[index].rows.removeAll { $0.identity.sequence <= everybody }
        }
    }

    public func reject(_ row: SpoolRow, reason: String) {
        contents.withLock { $0.letters.append(DeadLetter(row: row, reason: reason)) }
    }

    public func onChange(of consumer: String, _ handler: @escaping @Sendable () -> Void) {
        contents.withLock { $0.handlers[consumer] = handler }
    }

    public var state: SpoolState {
        contents.withLock { contents in
            let streams = Stream.allCases.map { stream -> StreamState in
                let lane = contents.lanes[Int(stream.rawValue)]
                return StreamState(
                    stream: stream, last: lane.last, settled: lane.settled.values.min() ?? 0, rows: lane.rows.count,
                    bytes: lane.rows.reduce(0) { $0 + $1.body.count }, dropped: 0,
                    oldest: lane.rows.isEmpty ? nil : time.utc())
            }
            return SpoolState(
                epoch: epoch, streams: streams, pending: 0, deadLetters: contents.letters.count, alarm: nil)
        }
    }

    /// Handlers are called outside the lock: they may read the spool at once.
    private func change(_ body: (inout sending Contents) -> Void) {
        let handlers = contents.withLock { contents in
            body(&contents)
            return Array(contents.handlers.values)
        }
        for handler in handlers { handler() }
    }
}
