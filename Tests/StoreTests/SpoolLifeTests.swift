import FieldGateTesting
import FieldModel
import PeerTesting
import Store
import Testing

@Suite("The spool")
struct SpoolLifeTests {
    @Test("keeps the laws of every spool", arguments: SpoolConformance.allCases)
    func law(_ law: SpoolConformance) async throws {
        let house = try SpoolHouse()
        try await law.check(SpoolSubject(open: { try house.open() }, close: { ($0 as? SpoolStore)?.close() }))
    }

    @Test("shows no row before it is committed, and commits telemetry when the interval is over")
    func uncommitted() async throws {
        let house = try SpoolHouse()
        try await house.with { spool in
            try await spool.commit([body(1)])
            spool.append(body(2), to: .telemetry)
            // A job runs on the writer's thread, so the writer has looked at the row and let it wait.
            _ = try spool.register(Layout(device: "d", points: []))
            #expect(spool.last(of: .telemetry) == 1)
            #expect(spool.rows(of: .telemetry, after: 0, limit: 10).map(\.identity.sequence) == [1])
            #expect(spool.state.pending == 1)
            house.time.advance(by: house.settings.commitInterval)
            try await eventually("the row is committed") { spool.last(of: .telemetry) == 2 }
        }
    }

    @Test("commits an event at once, and the telemetry before it with it")
    func urgent() async throws {
        let house = try SpoolHouse()
        try await house.with { spool in
            try await spool.commit([body(1)])
            spool.append(body(2), to: .telemetry)
            spool.append(body(3), to: .event)
            try await eventually("the event is committed") { spool.last(of: .event) == 1 }
            #expect(spool.last(of: .telemetry) == 2)
        }
    }

    @Test("commits at once when a group is full")
    func fullGroup() async throws {
        let house = try SpoolHouse()
        house.settings.groupRows = 5
        try await house.with { spool in
            try await spool.commit([body(0)])
            for number in 1...5 { spool.append(body(number), to: .telemetry) }
            try await eventually("the group is committed") { spool.last(of: .telemetry) == 6 }
        }
    }

    @Test("commits what is pending when it closes")
    func closing() async throws {
        let house = try SpoolHouse()
        try await house.with { spool in
            try await spool.commit([body(1)])
            spool.append(body(2), to: .telemetry)
            spool.settle(.telemetry, through: 1, by: "a")
        }
        try await house.with { spool in
            #expect(spool.cursor(of: "a", in: .telemetry) == 1)
            let rows = try await spool.all(.telemetry, after: 1)
            #expect(rows.map(\.body) == [body(2)])
        }
    }

    @Test("goes on counting after everything was settled and it was opened again")
    func gaplessOverReopening() async throws {
        let house = try SpoolHouse()
        for round in 0..<4 {
            try await house.with { spool in
                for stream in Stream.allCases {
                    #expect(spool.last(of: stream) == UInt64(round * 3))
                    try await spool.commit((0..<3).map { body($0) }, to: stream)
                    spool.settle(stream, through: spool.last(of: stream), by: "a")
                }
            }
        }
        let state = try SpoolInspection.state(of: house.settings)
        #expect(state.streams.allSatisfy { $0.last == 12 && $0.settled == 12 })
        // Usage records are the gateway's own ledger, and stay.
        #expect(state.streams.allSatisfy { $0.rows == ($0.stream == .usage ? 12 : 0) })
        #expect(state.streams.allSatisfy { ($0.bytes == 0) == ($0.stream != .usage) })
    }

    @Test("keeps a rejected row with its reason once, however often it is rejected")
    func deadLetters() async throws {
        let house = try SpoolHouse()
        try await house.with { spool in
            try await spool.commit([body(1), body(2)])
            let row = try #require(spool.rows(of: .telemetry, after: 0, limit: 1).first)
            spool.reject(row, reason: "topic not allowed")
            spool.settle(.telemetry, through: 1, by: "a")
        }
        #expect(try SpoolInspection.state(of: house.settings).deadLetters == 1)
        let folder = house.folder
        if Place.tool("sqlite3") != nil {
            let query = "SELECT stream, seq, reason, hex(body) FROM dead_letter"
            let answer = try await Peer.run("sqlite3", ["\(house.settings.directory)/spool.db", query], in: folder)
            #expect(answer.text == "0|1|topic not allowed|01010101\n")
        }
    }

    @Test("keeps rows for a consumer that has asked where it left off and settled nothing yet")
    func newConsumer() async throws {
        let house = try SpoolHouse()
        try await house.with { spool in
            #expect(spool.cursor(of: "file", in: .event) == 0)
            try await spool.commit([body(1), body(2)], to: .event)
            spool.settle(.event, through: 2, by: "mqtt")
            try await spool.commit([body(3)], to: .event)
            #expect(try await spool.all(.event).map(\.identity.sequence) == [1, 2, 3])
        }
        try await house.with { spool in
            spool.settle(.event, through: 3, by: "mqtt")
            try await spool.commit([body(4)], to: .event)
            #expect(try await spool.all(.event).map(\.identity.sequence) == [1, 2, 3, 4])
        }
    }

    @Test("takes rows of no bytes and of a megabyte")
    func sizes() async throws {
        let house = try SpoolHouse()
        let bodies = [[], body(7, bytes: 1 << 20), []]
        try await house.with { try await $0.commit(bodies, to: .usage) }
        try await house.with { spool in
            let rows = try await spool.all(.usage)
            #expect(rows.map(\.body) == bodies)
        }
    }
}
