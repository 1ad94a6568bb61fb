import FieldGateTesting
import FieldModel
import Store
import Testing

@Suite("A spool larger than its memory")
struct SpoolMemoryTests {
    @Test("fetches from the disk what memory no longer holds, in order and without a gap", arguments: [1, 7, 1000])
    func fetch(limit: Int) async throws {
        let house = try SpoolHouse()
        house.settings.memoryBytes = 20_000
        try await house.with { spool in
            for round in 0..<100 { try await spool.commit((0..<20).map { body(round * 20 + $0, bytes: 100) }) }
            let rows = try await spool.all(.telemetry, limit: limit)
            #expect(rows.map(\.identity.sequence) == Array(1...2000))
            #expect(rows.indices.allSatisfy { rows[$0].body == body($0, bytes: 100) })
        }
    }

    @Test("gives rows in order and without a gap while new ones come and settled ones go")
    func fetchWhileWriting() async throws {
        let house = try SpoolHouse()
        house.settings.memoryBytes = 5_000
        try await house.with { spool in
            try await spool.commit((0..<500).map { body($0, bytes: 10) })
            var position: UInt64 = 0
            var gaps = 0
            var written = 500
            try await eventually("2000 rows were read") {
                if written < 2000 {
                    for number in written..<written + 10 { spool.append(body(number, bytes: 10), to: .telemetry) }
                    spool.flush()
                    written += 10
                }
                for row in spool.rows(of: .telemetry, after: position, limit: 25) {
                    if row.identity.sequence != position + 1 { gaps += 1 }
                    if row.body != body(Int(position), bytes: 10) { gaps += 1 }
                    position = row.identity.sequence
                }
                spool.settle(.telemetry, through: position, by: "a")
                return position == 2000
            }
            #expect(gaps == 0)
        }
    }

    @Test("calls the handlers when fetched rows are there")
    func handlers() async throws {
        let house = try SpoolHouse()
        try await house.with { try await $0.commit((0..<10).map { body($0) }) }
        try await house.with { spool in
            let called = Heard()
            spool.onChange(of: "a") { called.hear("a") }
            #expect(spool.rows(of: .telemetry, after: 3, limit: 10).isEmpty)
            try await eventually("the handler is called") { !called.all.isEmpty }
            #expect(spool.rows(of: .telemetry, after: 3, limit: 10).map(\.identity.sequence) == Array(4...10))
        }
    }

    @Test("two consumers at different places both get everything")
    func twoConsumers() async throws {
        let house = try SpoolHouse()
        house.settings.memoryBytes = 2_000
        try await house.with { spool in
            for round in 0..<30 { try await spool.commit((0..<10).map { body(round * 10 + $0, bytes: 50) }) }
            var positions: [UInt64] = [0, 150]
            try await eventually("both have read on") {
                for consumer in positions.indices {
                    for row in spool.rows(of: .telemetry, after: positions[consumer], limit: 10) {
                        #expect(row.identity.sequence == positions[consumer] + 1)
                        positions[consumer] = row.identity.sequence
                    }
                }
                return positions == [300, 300]
            }
        }
    }
}
