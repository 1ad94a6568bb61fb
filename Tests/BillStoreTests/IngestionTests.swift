import BillStore
import BillTesting
import FieldGateTesting
import FieldModel
import Signing
import Testing
import UsageWire

@Suite("Ingestion, in both stores")
struct IngestionTests {
    @Test("takes records in their order, and passes over those it has", arguments: StoreKind.allCases)
    func once(_ kind: StoreKind) async throws {
        let store = try await TestStore(kind)
        let gateway = month("g", records: 50)
        let ledger = try store.open()
        let first = try ledger.take(Array(gateway.records.prefix(30)))
        #expect((first.accepted, first.doubles, first.refused) == (30, 0, 0))
        let again = try store.open().take(gateway.records)
        #expect((again.accepted, again.doubles, again.refused) == (gateway.records.count - 30, 30, 0))
        let last = try #require(gateway.records.last)
        let chain = try #require(try ledger.chains(of: "g").first)
        #expect((chain.head.sequence, chain.head.hash, chain.held) == (last.sequence, last.hash, 0))
        #expect(try ledger.counted("g").map(\.up) == (0..<50).map { Int64(1000 + $0) })
    }

    @Test("keeps every record word for word", arguments: StoreKind.allCases)
    func words(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        var gateway = TestGateway("Gerät \"1\" \\ 北京\t\u{0}")
        gateway.traffic("2026-10-01T00:00:00Z") {
            $0.up = 5; $0.group = "Gruppe\n\u{0}x"
        }
        #expect(try ledger.take(gateway.records).accepted == 2)
        var kept: [String] = []
        let name = try #require(try ledger.gateways().first)
        try ledger.sealed(of: name, epoch: 1) { text throws(StoreFault) in kept.append(text) }
        #expect(kept == gateway.lines)
        #expect(try ledger.take(gateway.records).doubles == 2)
    }

    @Test("holds what is beyond a hole, and takes it when the hole is filled", arguments: StoreKind.allCases)
    func hole(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        let all = month("g", records: 40).records
        let rest = try ledger.take(Array(all[..<10] + all[13...]))
        #expect((rest.accepted, rest.held) == (10, all.count - 13))
        let chain = try #require(try ledger.chains(of: "g").first)
        #expect((chain.head.sequence, chain.missing, chain.held) == (10, [11...13], Int64(all.count - 13)))
        #expect(try ledger.counted("g").count == all.prefix(10).count { $0.draft.volume != nil })
        let filled = try ledger.take(Array(all[10..<13]))
        #expect(filled.accepted == all.count - 10)
        #expect(try ledger.heads() == ["g/1: \(all.count), 0 held"])
    }

    @Test("does not depend on the order of arrival", arguments: StoreKind.allCases)
    func shuffled(_ kind: StoreKind) async throws {
        var random = SeededRandom(seed: 7)
        let all = month("g", records: 120).records
        let straight = try await TestStore(kind).open()
        try straight.take(all)
        let ledger = try await TestStore(kind).open()
        let shuffled = (all + all.prefix(40)).shuffled(using: &random)
        for start in stride(from: 0, to: shuffled.count, by: 17) {
            try ledger.take(Array(shuffled[start..<min(start + 17, shuffled.count)]))
        }
        let (one, other) = (try straight.counted("g"), try ledger.counted("g"))
        #expect(
            one.map { [$0.at.microseconds, $0.up, $0.down] } == other.map { [$0.at.microseconds, $0.up, $0.down] })
        #expect(try ledger.heads() == straight.heads())
    }

    @Test(
        "a record that was changed stops its own chain only, until the right one comes", arguments: StoreKind.allCases)
    func tampered(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        var lines = month("a", records: 20).lines
        let right = lines[8]
        lines[8] = right.replacing("\"t_open\":1", with: "\"t_open\":2")
        #expect(lines[8] != right)
        let other = month("b", records: 5)
        let report = try ledger.take(lines + other.lines)
        #expect(report.alarms.map(\.kind) == [.tampered])
        #expect(report.alarms.first?.place == "gateway a, epoch 1, record 9")
        let chain = try #require(try ledger.chains(of: "a").first)
        #expect(chain.head.sequence == 8 && chain.head.stop != nil)
        #expect(try ledger.chains(of: "b").first?.head.sequence == UInt64(other.records.count))
        #expect(try ledger.take([right]).refused == 0)
        let mended = try #require(try ledger.chains(of: "a").first)
        #expect(mended.head.sequence == UInt64(lines.count) && mended.head.stop == nil)
        let kept = try ledger.openAlarms()
        #expect(kept.map(\.alarm.body) == [lines[8]])
        #expect(try ledger.closeAlarm(try #require(kept.first).number, at: received))
        #expect(try ledger.openAlarms().isEmpty)
    }

    @Test("one flipped bit anywhere is refused, and nothing before it is lost")
    func bits() async throws {
        var random = SeededRandom(seed: 11)
        let ledger = try await TestStore(.sqlite).open()
        for round in 0..<300 {
            let lines = month("g\(round)", records: 6).lines
            var bytes = lines.map { Array($0.utf8) }
            let line = Int.random(in: 0..<bytes.count, using: &random)
            let byte = bytes[line].indices.randomElement(using: &random) ?? 0
            bytes[line][byte] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            _ = try ledger.ingest(bytes.map { Arrival($0, place: "test") }, received: received)
            let head = try ledger.chains(of: "g\(round)").first?.head.sequence ?? 0
            #expect(head == UInt64(line), "bit in record \(line + 1) at byte \(byte)")
        }
    }

    @Test("another content under a known number is an alarm, and changes nothing", arguments: StoreKind.allCases)
    func conflict(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        let all = month("g", records: 10).records
        try ledger.take(all)
        let before = try ledger.counted("g")
        let forged = all[4].forged { $0.draft.volume?.deltaUp = 999_999 }
        let report = try ledger.take([forged])
        #expect(report.alarms.map(\.kind) == [.conflict])
        #expect(try ledger.counted("g") == before)
        #expect(try ledger.take([forged]).refused == 1)
        #expect(try ledger.openAlarms().map(\.times) == [2])
    }

    @Test("a known epoch that begins a second time is kept apart", arguments: StoreKind.allCases)
    func genesis(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        let (first, second) = (month("g", records: 10).records, month("g", records: 30).records)
        try ledger.take(first)
        let before = try ledger.counted("g")
        let report = try ledger.take(second)
        #expect(report.accepted == 0)
        #expect(Set(report.alarms.map(\.kind)) == [.reusedEpoch, .conflict, .wrongLink])
        #expect(try ledger.counted("g") == before)
        // The true chain goes on all the same.
        var gateway = month("h", records: 3)
        try ledger.take(gateway.records)
        gateway.traffic("2026-10-30T00:00:00Z") { $0.up = 1 }
        #expect(try ledger.take(gateway.records).refused == 0)
        #expect(try ledger.chains(of: "h").first?.head.sequence == UInt64(gateway.records.count))
    }

    @Test("a record that does not follow is refused, though its own hash is right", arguments: StoreKind.allCases)
    func links(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        let all = month("g", records: 10).records
        try ledger.take(Array(all.prefix(5)))
        let forged = all[5].forged { $0.previous = String(repeating: "0", count: 64) }
        #expect(try ledger.take([forged]).alarms.map(\.kind) == [.wrongLink])
        #expect(
            try ledger.take(["{\"type\":\"interim\"}", "nonsense", ""]).alarms.map(\.kind) == [
                .unreadable, .unreadable, .unreadable,
            ])
        #expect(try ledger.take(all).accepted == all.count - 5)
        let headless = all[0].forged {
            $0.sequence = 1; $0.epoch = 9; $0.previous = String(repeating: "1", count: 64)
        }
        #expect(try ledger.take([headless]).alarms.map(\.kind) == [.wrongLink])
    }

    @Test(
        "signatures are checked once a key is known; a key hands over, and can be revoked",
        arguments: StoreKind.allCases)
    func signatures(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        var gateway = month("g", records: 3)
        try ledger.trust(gateway.key, of: "g")
        try ledger.trust(gateway.key, of: "stranger")
        let old = gateway.key
        let (next, last) = (SigningKey(), SigningKey())
        gateway.checkpoint(at: "2026-10-02T00:00:00Z", next: next)
        gateway.traffic("2026-10-02T00:01:00Z") { $0.up = 7 }
        gateway.checkpoint(at: "2026-10-02T00:02:00Z")
        #expect(try ledger.take(gateway.records).refused == 0)
        #expect(try ledger.revoke(next.verifying, of: "g", after: 1, UInt64(gateway.records.count)))
        #expect(try !ledger.revoke(last.verifying, of: "g", after: 1, 1))
        gateway.checkpoint(at: "2026-10-02T00:03:00Z")
        #expect(try ledger.take([gateway.records[gateway.records.count - 1]]).alarms.map(\.kind) == [.wrongSignature])
        var stranger = month("stranger", records: 2)
        stranger.checkpoint(at: "2026-10-02T00:00:00Z")
        #expect(old != stranger.key)
        #expect(try ledger.take(stranger.records).alarms.map(\.kind).contains(.wrongSignature))
    }

    @Test("a thousand records without a checkpoint are taken only while no key is known", arguments: StoreKind.allCases)
    func unsigned(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        // The boot record and 999 of traffic, within five minutes: the next must be a checkpoint.
        var gateway = TestGateway("g")
        for number in 0..<1100 {
            gateway.traffic(
                .init(connection: UInt32(number), up: 10),
                at: gateway.times("2026-10-01T00:00:00Z", seconds: 0, monotonic: 1))
        }
        let place = try #require(gateway.records.firstIndex { $0.checkpoint != nil })
        #expect(place == 1000)
        try ledger.trust(gateway.key, of: "g")
        #expect(try ledger.take(Array(gateway.records[..<place])).refused == 0)
        let forged = gateway.records[place + 1].forged {
            ($0.sequence, $0.previous) = (UInt64(place) + 1, gateway.records[place - 1].hash)
        }
        let alarms = try ledger.take([forged]).alarms
        #expect(alarms.map(\.kind) == [.wrongSignature] && alarms[0].text.contains("a checkpoint belongs here"))
        // The right one comes, and the chain goes on.
        #expect(try ledger.take(Array(gateway.records[place...])).refused == 0)
        #expect(try ledger.heads().first?.hasPrefix("g/1: \(gateway.records.count),") == true)
        let unknown = try await TestStore(kind).open()
        #expect(try unknown.take(Array(gateway.records[..<place]) + [forged]).refused == 0)
    }

    @Test("whoever writes ever other nonsense fills no store with alarms", arguments: StoreKind.allCases)
    func nonsense(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        for batch in 0..<5 { try ledger.take((0..<100).map { "{\"type\":\"\(batch) \($0)\"}" }) }
        let alarms = try ledger.openAlarms()
        #expect(alarms.count == 200 && alarms.reduce(0) { $0 + $1.times } == 500)
    }

    @Test("a checkpoint must sum up what came", arguments: StoreKind.allCases)
    func sums(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        var gateway = month("g", records: 3)
        gateway.checkpoint(at: "2026-10-02T00:00:00Z")
        let last = gateway.records[gateway.records.count - 1]
        let forged = last.forged { $0.checkpoint?.sumUp += 1 }
        try ledger.take(Array(gateway.records.dropLast()))
        #expect(try ledger.take([forged]).alarms.map(\.kind) == [.wrongCheckpoint])
        #expect(try ledger.take([last]).accepted == 1)
    }

    @Test("two processes that write at once take every record once", arguments: StoreKind.allCases)
    func writers(_ kind: StoreKind) async throws {
        let store = try await TestStore(kind)
        _ = try store.open()
        let all = month("g", records: 200).lines
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<3 {
                group.addTask {
                    let ledger = try store.open()
                    for start in stride(from: 0, to: all.count, by: 10 + writer) {
                        try ledger.take(Array(all[start..<min(start + 10 + writer, all.count)]))
                    }
                }
            }
            try await group.waitForAll()
        }
        let ledger = try store.open()
        #expect(try ledger.counted("g").count == 200)
        #expect(try ledger.heads() == ["g/1: \(all.count), 0 held"])
        #expect(try ledger.openAlarms().isEmpty)
    }
}
