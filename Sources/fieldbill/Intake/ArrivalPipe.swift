import BillStore
import Platform
import UsageWire

/// Reads a file's records and hashes them on threads of its own, a few batches ahead of who stores them, in their order.
final class ArrivalPipe: Sendable {
    /// What is wrong with the file itself, found at its end.
    enum Ending: Hashable, Sendable {
        /// With the last line of an export, where it has one.
        case whole(ExportTrailer?)
        case unreadable(SystemError)
        /// So many bytes after the last line's end.
        case torn(bytes: Int)
    }

    enum Step: Sendable {
        case batch([Arrival])
        case end(Ending)
    }

    private struct Work: Sendable {
        var number: Int
        var lines: [(line: Int, bytes: [UInt8])]
    }

    private struct State {
        var todo: [Work] = []
        var done: [Int: [Arrival]] = [:]
        var read = 0
        var given = 0
        var ending: Ending?
        var isClosed = false
    }

    private final class OpenFile {
        var reader: LineReader
        init(_ reader: consuming LineReader) { self.reader = reader }
    }

    static let linesPerBatch = 1000
    private static let batchesAhead = 6
    private let path: String
    private let state = Monitor(State())
    private let threads = Monitor<[OwnerThread]>([])

    init(_ path: String, workers: Int = 2) throws(SystemError) {
        self.path = path
        let file = Handoff(OpenFile(try LineReader(path)))
        let state = self.state
        var started = [try OwnerThread(name: "read") { Self.read(file.take(), state) }]
        for _ in 0..<workers { started.append(try OwnerThread(name: "hash") { Self.hash(path, state) }) }
        threads.withLock { [started] in $0 = started }
    }

    /// The next batch, or the end. Blocks.
    func next() -> Step {
        let step = state.wait { state -> Wait<Step> in
            if let arrivals = state.done.removeValue(forKey: state.given) {
                state.given += 1
                return .done(.batch(arrivals))
            }
            if let ending = state.ending, state.given == state.read { return .done(.end(ending)) }
            return .pause(.seconds(3600))
        }
        state.signal { _ in true }
        return step
    }

    /// Waits for the threads. Once.
    func close() {
        state.signal { state in
            state.isClosed = true
            return true
        }
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    private static func read(_ file: OpenFile, _ state: Monitor<State>) {
        var number = 0
        var trailer: ExportTrailer?
        while true {
            let mayRead = state.wait { state -> Wait<Bool> in
                if state.isClosed { return .done(false) }
                return number - state.given < batchesAhead ? .done(true) : .pause(.seconds(3600))
            }
            guard mayRead else { return }
            var lines: [(line: Int, bytes: [UInt8])] = []
            var ending: Ending?
            do throws(SystemError) {
                while lines.count < linesPerBatch {
                    guard let line = try file.reader.next() else {
                        ending = .whole(trailer)
                        break
                    }
                    if let last = ExportTrailer(line) {
                        trailer = last
                    } else if file.reader.isTorn, Arrival(line, place: "").isUnreadable {
                        ending = .torn(bytes: line.count)
                        break
                    } else if !line.isEmpty {
                        lines.append((file.reader.number, line))
                    }
                }
            } catch {
                ending = .unreadable(error)
            }
            let work = Work(number: number, lines: lines)
            number += 1
            state.signal { state in
                state.todo.append(work)
                state.read = work.number + 1
                state.ending = ending
                return true
            }
            if ending != nil { return }
        }
    }

    private static func hash(_ path: String, _ state: Monitor<State>) {
        while true {
            let work = state.wait { state -> Wait<Work?> in
                if state.isClosed { return .done(nil) }
                return state.todo.isEmpty ? .pause(.seconds(3600)) : .done(state.todo.removeFirst())
            }
            guard let work else { return }
            let arrivals = work.lines.map { Arrival($0.bytes, place: "\(path):\($0.line)") }
            state.signal { state in
                state.done[work.number] = arrivals
                return true
            }
        }
    }
}

extension Arrival {
    var isUnreadable: Bool { if case .unreadable = content { true } else { false } }
}
