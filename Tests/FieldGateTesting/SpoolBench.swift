import FieldModel
import Synchronization
import Testing

/// Opens and reopens the subject, and waits for what it does on its own threads.
final class SpoolBench {
    private let subject: SpoolSubject
    private(set) var spool: any Spool

    init(_ subject: SpoolSubject) throws {
        self.subject = subject
        spool = try subject.open()
    }

    func close() { subject.close(spool) }

    func reopen() throws {
        subject.close(spool)
        spool = try subject.open()
    }

    func state(of stream: Stream) -> StreamState? { spool.state.streams.first { $0.stream == stream } }

    /// Appends, and waits for the commit.
    func append(_ bodies: [[UInt8]], to stream: Stream = .telemetry) async throws {
        let wanted = spool.last(of: stream) + UInt64(bodies.count)
        for body in bodies { spool.append(body, to: stream) }
        spool.flush()
        try await eventually("\(stream.name) reaches \(wanted)") { spool.last(of: stream) >= wanted }
        #expect(spool.last(of: stream) == wanted)
    }

    /// Reads until `count` rows have come, each time asking above the last.
    func rows(_ count: Int, of stream: Stream = .telemetry, after start: UInt64 = 0, limit: Int = 1000) async throws
        -> [SpoolRow]
    {
        var rows: [SpoolRow] = []
        try await eventually("\(count) rows of \(stream.name)") {
            let more = spool.rows(of: stream, after: rows.last?.identity.sequence ?? start, limit: limit)
            #expect(more.count <= limit)
            rows += more
            return rows.count >= count
        }
        return rows
    }
}

extension SpoolBench {
    func numbersAreGapless() async throws {
        for stream in Stream.allCases {
            #expect(spool.last(of: stream) == 0)
            let bodies = (0..<20).map { [stream.rawValue, UInt8($0)] }
            try await append(Array(bodies[..<5]), to: stream)
            try await append(Array(bodies[5...]), to: stream)
            let rows = try await rows(20, of: stream)
            #expect(rows.map(\.identity.sequence) == Array(1...20))
            #expect(rows.map(\.body) == bodies)
            #expect(rows.allSatisfy { $0.identity.stream == stream })
        }
    }

    func numbersAreGaplessUnderContention() async throws {
        let spool = self.spool
        await withTaskGroup { group in
            for task in 0..<UInt8(8) {
                group.addTask {
                    for row in 0..<UInt8(50) { spool.append([task, row], to: .telemetry) }
                }
            }
        }
        spool.flush()
        let rows = try await rows(400)
        #expect(rows.map(\.identity.sequence) == Array(1...400))
        for task in 0..<UInt8(8) {
            #expect(rows.filter { $0.body[0] == task }.map { $0.body[1] } == Array(0..<50))
        }
    }

    func rowsComeInOrder() async throws {
        try await append((0..<30).map { [$0] })
        #expect(spool.rows(of: .telemetry, after: 30, limit: 10).isEmpty)
        #expect(spool.rows(of: .telemetry, after: 1000, limit: 10).isEmpty)
        #expect(try await rows(1, after: 29).map(\.identity.sequence) == [30])
        #expect(try await rows(30, limit: 7).map(\.identity.sequence) == Array(1...30))
        #expect(try await rows(12, after: 18, limit: 5).map(\.identity.sequence) == Array(19...30))
    }

    func settledRowsGo() async throws {
        try await append((0..<10).map { [$0] }, to: .event)
        spool.settle(.event, through: 4, by: "uplink")
        spool.flush()
        #expect(spool.cursor(of: "uplink", in: .event) == 4)
        try await eventually("four rows go") { state(of: .event)?.rows == 6 }
        #expect(try await rows(6, of: .event).map(\.identity.sequence) == Array(5...10))
        spool.settle(.event, through: 10, by: "uplink")
        spool.flush()
        try await eventually("all rows go") { state(of: .event)?.rows == 0 }
        try await append([[99]], to: .event)
        #expect(try await rows(1, of: .event, after: 10).map(\.identity.sequence) == [11])
    }

    func everyConsumerCounts() async throws {
        try await append((0..<10).map { [$0] })
        spool.settle(.telemetry, through: 2, by: "slow")
        spool.settle(.telemetry, through: 9, by: "fast")
        spool.flush()
        try await eventually("two rows go") { state(of: .telemetry)?.rows == 8 }
        #expect(state(of: .telemetry)?.settled == 2)
        #expect(spool.cursor(of: "fast", in: .telemetry) == 9)
        #expect(try await rows(8, after: 2).map(\.identity.sequence) == Array(3...10))
        spool.settle(.telemetry, through: 9, by: "slow")
        spool.flush()
        try await eventually("nine rows are gone") { state(of: .telemetry)?.rows == 1 }
    }

    func settlingIsMonotonic() async throws {
        try await append((0..<5).map { [$0] })
        spool.settle(.telemetry, through: 4, by: "uplink")
        spool.settle(.telemetry, through: 2, by: "uplink")
        #expect(spool.cursor(of: "uplink", in: .telemetry) == 4)
        #expect(spool.cursor(of: "uplink", in: .event) == 0)
        #expect(spool.cursor(of: "somebody else", in: .telemetry) == 0)
    }

    func cursorsSurvive() async throws {
        try await append((0..<6).map { [$0] }, to: .event)
        spool.settle(.event, through: 2, by: "uplink")
        spool.flush()
        try await eventually("the settlement is stored") { state(of: .event)?.rows == 4 }
        try reopen()
        #expect(spool.cursor(of: "uplink", in: .event) == 2)
        #expect(spool.last(of: .event) == 6)
        #expect(try await rows(4, of: .event, after: 2).map(\.body) == [[2], [3], [4], [5]])
        try await append([[6]], to: .event)
        #expect(try await rows(1, of: .event, after: 6).map(\.identity.sequence) == [7])
    }

    func rejectedRowsAreKept() async throws {
        try await append([[1], [2], [3]])
        let row = try await rows(3)[0]
        spool.reject(row, reason: "quota exceeded")
        spool.settle(.telemetry, through: 1, by: "uplink")
        spool.flush()
        try await eventually("the row is kept aside") { spool.state.deadLetters == 1 }
        #expect(try await rows(2, after: 1).map(\.identity.sequence) == [2, 3])
        try reopen()
        #expect(spool.state.deadLetters == 1)
    }

    func epochIsConstant() async throws {
        let epoch = spool.epoch
        try await append([[1]])
        #expect(try await rows(1)[0].identity.epoch == epoch)
        try reopen()
        #expect(spool.epoch == epoch)
        #expect(spool.state.epoch == epoch)
        #expect(try await rows(1)[0].identity == RowIdentity(epoch: epoch, stream: .telemetry, sequence: 1))
    }

    func layoutsKeepTheirNumber() throws {
        let loader = Layout(device: "loader", points: ["EngineSpeed", "OilTemp"])
        let swapped = Layout(device: "loader", points: ["OilTemp", "EngineSpeed"])
        let number = try spool.register(loader)
        let other = try spool.register(swapped)
        #expect(number != other)
        #expect(try spool.register(loader) == number)
        #expect(try spool.layout(number) == loader)
        #expect(try spool.layout(other) == swapped)
        #expect(try spool.layout(number + other + 1) == nil)
        try reopen()
        #expect(try spool.layout(number) == loader)
        #expect(try spool.register(swapped) == other)
    }

    func changesAreTold() async throws {
        let told = Told()
        spool.onChange(of: "uplink") { told.tell("uplink") }
        spool.onChange(of: "observer") { told.tell("observer") }
        try await append([[1]], to: .event)
        try await eventually("both are told") { told.names == ["observer", "uplink"] }
    }

    func stateCounts() async throws {
        try await append([[1, 2, 3], [4]])
        #expect(state(of: .telemetry)?.rows == 2)
        #expect(state(of: .telemetry)?.oldest != nil)
        #expect(state(of: .event)?.rows == 0)
        #expect(spool.state.pending == 0)
        #expect(spool.state.alarm == nil)
        let bytes = try #require(state(of: .telemetry)?.bytes)
        spool.settle(.telemetry, through: 1, by: "uplink")
        spool.flush()
        try await eventually("a row goes") { state(of: .telemetry)?.rows == 1 }
        #expect(state(of: .telemetry).map { $0.bytes > 0 && $0.bytes < bytes } == true)
    }
}

private final class Told: Sendable {
    private let heard = Mutex<Set<String>>([])

    func tell(_ name: String) { heard.withLock { _ = $0.insert(name) } }
    var names: [String] { heard.withLock { $0.sorted() } }
}
