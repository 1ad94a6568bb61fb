import BillStore
import BillTesting
import FieldModel
import Testing
import UsageWire

@Suite("What of a record counts, and when, in both stores")
struct CountingTests {
    @Test("a part recorded under two numbers counts once", arguments: StoreKind.allCases)
    func parts(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        let first = month("g", records: 10)
        try ledger.take(first.records)
        // A store made anew under the next epoch, which records the same connections from their first part again.
        let report = try ledger.take(month("g", records: 12, epoch: 2).records)
        #expect(report.alarms.map(\.kind) == Array(repeating: .countedTwice, count: 10))
        #expect(report.accepted > 12)
        let counted = try ledger.counted("g")
        #expect(counted.count == 12)
        let expected: [Int64] = (0..<12).map { 1000 + $0 }
        #expect(counted.map(\.up).sorted() == expected)
    }

    @Test("a running count that falls is told, and its own figures stand", arguments: StoreKind.allCases)
    func decrease(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        var gateway = TestGateway("g")
        gateway.traffic("2026-10-01T00:00:00Z") { $0.up = 1000 }
        var draft = gateway.records[1].draft
        draft.connection?.part = 2
        draft.volume?.up = 10
        draft.volume?.deltaUp = 10
        gateway.seal([draft], at: gateway.times("2026-10-01T00:02:00Z"))
        let report = try ledger.take(gateway.records)
        #expect(report.alarms.map(\.kind) == [.decrease])
        #expect(try ledger.counted("g").map(\.up) == [1000, 10])
    }

    @Test(
        "a correction belongs where its target does, and counts once however often it is sent",
        arguments: StoreKind.allCases)
    func corrections(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        var gateway = TestGateway("g")
        let target = gateway.traffic("2026-09-30T23:00:00Z") {
            $0.up = 1000; $0.iccid = "8986001234567890123"
        }
        gateway.adjust(target, at: "2026-10-05T00:00:00Z", up: -300, id: "a1")
        gateway.adjust(target, at: "2026-10-06T00:00:00Z", up: -300, id: "a1")
        var lost = target
        lost.sequence = 4711
        gateway.adjust(lost, at: "2026-10-07T00:00:00Z", up: -1, id: "a2")
        let report = try ledger.take(gateway.records)
        #expect(report.alarms.map(\.kind) == [.noTarget])
        let counted = try ledger.counted("g")
        #expect(counted.map(\.up) == [1000, -300, -1])
        #expect(counted[1].at == counted[0].at && counted[1].card == counted[0].card)
        #expect(counted[2].at == Timestamp(rfc3339: "2026-10-07T00:00:00Z"))
        #expect(try ledger.take(gateway.records).doubles == gateway.records.count)
    }

    @Test("records of a clock that was not set find their place once it is", arguments: StoreKind.allCases)
    func unsynced(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        var gateway = TestGateway("g", bootedAt: "2026-10-01T00:00:00Z")
        let early = gateway.times("1970-01-01T00:10:00Z", clock: .unsynced, monotonic: 600_000_000 + 60_000_000)
        gateway.traffic(TestGateway.Traffic(up: 5), at: early)
        try ledger.take(gateway.records)
        let waiting = try ledger.counted("g")
        #expect(waiting.map(\.isUnplaced) == [true])
        #expect(waiting.map(\.at) == [received])
        gateway.traffic("2026-10-01T01:00:00Z") { $0.up = 6 }
        try ledger.take(gateway.records)
        let placed = try ledger.counted("g")
        #expect(placed.map(\.isUnplaced) == [false, false])
        #expect(placed.map(\.at.iso8601) == ["2026-10-01T00:10:00.000Z", "2026-10-01T01:00:00.000Z"])
    }

    @Test("a clock that jumps a year is put right by the boot clock, and told", arguments: [-365, 365])
    func jump(_ days: Int64) async throws {
        let ledger = try await TestStore(.sqlite).open()
        var gateway = TestGateway("g", bootedAt: "2026-10-01T00:00:00Z")
        gateway.traffic("2026-10-02T00:00:00Z") { $0.up = 1 }
        var times = gateway.times("2026-10-02T00:05:00Z")
        times.open.microseconds += days * 86_400_000_000
        times.close.microseconds += days * 86_400_000_000
        gateway.traffic(TestGateway.Traffic(up: 2), at: times)
        gateway.traffic("2026-10-02T00:10:00Z") { $0.up = 3 }
        let report = try ledger.take(gateway.records)
        #expect(report.alarms.map(\.kind).contains(.clock))
        let stamps = try ledger.counted("g").map(\.at.iso8601)
        #expect(stamps == ["2026-10-02T00:00:00.000Z", "2026-10-02T00:05:00.000Z", "2026-10-02T00:10:00.000Z"])
    }

    @Test("records that carry no volume are kept, and not counted", arguments: StoreKind.allCases)
    func silent(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        var gateway = TestGateway("g")
        gateway.gap("2026-10-01T00:00:00Z", seconds: 300)
        gateway.checkpoint(at: "2026-10-01T00:10:00Z")
        #expect(try ledger.take(gateway.records).accepted == gateway.records.count)
        #expect(try ledger.counted("g").isEmpty)
        let gaps = try ledger.gaps(
            of: "g", from: Timestamp(microseconds: 0), to: Timestamp(microseconds: .max / 2))
        #expect(gaps.map(\.from.iso8601) == ["2026-10-01T00:00:00.000Z"])
    }
}
