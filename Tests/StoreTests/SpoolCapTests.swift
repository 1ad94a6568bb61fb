import FieldGateTesting
import FieldModel
import Store
import Testing

@Suite("A spool's limits")
struct SpoolCapTests {
    @Test("beyond the byte limit the oldest telemetry goes, counted, and an event says so")
    func bytes() async throws {
        let house = try SpoolHouse()
        house.settings.telemetryBytes = 10_000
        try await house.with { spool in
            for number in 0..<50 { try await spool.commit([body(number, bytes: 1000)]) }
            let state = spool.state(of: .telemetry)
            #expect(state.bytes <= 10_000 && state.bytes > 8_000)
            #expect(state.dropped == 50 - UInt64(state.rows))
            #expect(state.last == 50)
        }
        try await house.with { spool in
            let kept = try await spool.all(.telemetry).map { Int($0.identity.sequence) }
            #expect(kept == Array((51 - kept.count)...50))
            let event = try #require(try await spool.all(.event).first.flatMap { RowCodec.decode($0.body) })
            guard case .event(let batch) = event else { return #expect(Bool(false), "the event stream holds \(event)") }
            #expect(batch.device == "gateway")
            #expect(batch.fields.contains(EventBatch.Field("event", .text("telemetry_dropped"))))
            #expect(batch.fields.contains(EventBatch.Field("cause", .text("size"))))
            #expect(batch.fields.contains(EventBatch.Field("from_seq", .integer(1))))
        }
    }

    @Test("drops are told together, at most once a minute")
    func oneEventAMinute() async throws {
        let house = try SpoolHouse()
        house.settings.telemetryBytes = 5000
        try await house.with { spool in
            for number in 0..<20 { try await spool.commit([body(number, bytes: 1000)]) }
            try await spool.commit([body(0)], to: .usage)
            #expect(spool.last(of: .event) == 1)
            house.time.advance(by: .seconds(61))
            try await spool.commit([body(0)], to: .usage)
            try await eventually("the second event") { spool.last(of: .event) == 2 }
            var told: Int64 = 0
            for row in try await spool.all(.event) {
                guard case .event(let batch)? = RowCodec.decode(row.body) else { continue }
                for case .decimal(let count) in batch.fields.filter({ $0.name == "count" }).map(\.value) {
                    told += count.mantissa
                }
            }
            #expect(told == Int64(spool.state(of: .telemetry).dropped))
        }
    }

    @Test("telemetry older than the age limit goes, unless the clock was never set")
    func age() async throws {
        let house = try SpoolHouse()
        house.settings.telemetryAge = .seconds(3600)
        try await house.with { spool in
            try await spool.commit((0..<5).map { body($0) })
            house.time.advance(by: .seconds(3000))
            try await spool.commit((5..<8).map { body($0) })
            house.time.advance(by: .seconds(1000))
            house.time.set(.unsynced)
            try await spool.commit([body(8)])
            #expect(spool.state(of: .telemetry).rows == 9)
            house.time.set(.synced)
            try await spool.commit([body(9)])
            #expect(spool.state(of: .telemetry).dropped == 5)
            #expect(spool.state(of: .telemetry).rows == 5)
            #expect(spool.state(of: .telemetry).oldest == Timestamp(microseconds: 1_795_164_600_000_000))
        }
    }

    @Test("events, usage and audit records are never dropped", arguments: [Stream.event, .usage, .audit])
    func neverDropped(_ stream: FieldModel.Stream) async throws {
        let house = try SpoolHouse()
        house.settings.telemetryBytes = 1000
        house.settings.telemetryAge = .seconds(1)
        house.settings.memoryBytes = 1000
        try await house.with { spool in
            for number in 0..<20 {
                house.time.advance(by: .seconds(100))
                try await spool.commit([body(number, bytes: 500)], to: stream)
            }
            #expect(try await spool.all(stream).map(\.identity.sequence) == Array(1...20))
            #expect(spool.state(of: stream).dropped == 0)
        }
    }

    @Test("nobody is asked again and again for rows that were all dropped")
    func everythingDropped() async throws {
        let house = try SpoolHouse()
        house.settings.telemetryAge = .seconds(60)
        try await house.with { try await $0.commit((0..<5).map { body($0) }) }
        house.time.advance(by: .seconds(3600))
        try await house.with { spool in
            try await spool.commit([body(0)], to: .usage)
            #expect(spool.state(of: .telemetry).rows == 0)
            let asked = Heard()
            spool.onChange(of: "a") {
                asked.hear("\(spool.rows(of: .telemetry, after: 0, limit: 10).count)")
            }
            #expect(spool.rows(of: .telemetry, after: 0, limit: 10).isEmpty)
            // Forty turns of the writer are enough to see whether each one asks for the next.
            for _ in 0..<40 { _ = try spool.register(Layout(device: "d", points: [])) }
            #expect(asked.all.count <= 2)
            try await spool.commit([body(6)])
            #expect(try await spool.all(.telemetry).map(\.identity.sequence) == [6])
        }
    }
}
