import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import Signing
import Testing
import UsageWire

@testable import Store

@Suite("The usage ledger")
struct UsageJournalTests {
    @Test("seals what it is given in one chain with the boot record first, through restarts, signed at the end")
    func life() async throws {
        let usage = try UsageHouse()
        let key = try await usage.with { _, journal async throws -> VerifyingKey? in
            #expect(try await journal.commit([usage.draft(1), usage.draft(2)]) == 3)
            #expect(try await journal.commit([usage.draft(3)]) == 4)
            return journal.verifyingKey
        }
        try await usage.with(signs: false) { spool, journal async throws in
            #expect(spool.last(of: .usage) == 5, "the end was signed")
            #expect(try await journal.commit([usage.draft(4)]) == 6)
        }
        try await usage.with { spool, journal async throws in
            #expect(try await journal.commit([UsageDraft(.boot, times: usage.draft().times)]) == 8)
            let records = try await spool.records()
            #expect(
                records.map(\.draft.kind) == [
                    .boot, .interim, .interim, .interim, .checkpoint, .interim, .boot, .checkpoint,
                ])
            #expect(records[0].genesis?.last == nil && records[6].genesis == nil)
            #expect(records[7].checkpoint?.from == 6, "what the former life left unsigned is signed at once")
            let found = verdict(records, key: key)
            #expect(found.findings.isEmpty && found.signatures == 2, "\(found.findings)")
            #expect(records.allSatisfy { $0.gateway == UsageHouse.gateway && $0.epoch == 1 })
        }
        #expect(usage.notices.all.isEmpty)
    }

    @Test("signs after five minutes although nothing more comes")
    func period() async throws {
        let usage = try UsageHouse()
        try await usage.with { spool, journal async throws in
            try await journal.commit([usage.draft()])
            usage.time.advance(by: .seconds(301))
            try await eventually("the checkpoint is there") { spool.last(of: .usage) == 3 }
            #expect(try await spool.records()[2].checkpoint?.through == 2)
            usage.time.advance(by: .seconds(3600))
            try await journal.commit([usage.draft(2)])
            #expect(spool.last(of: .usage) == 4)
        }
    }

    @Test("refuses a draft that is no record, together with what came with it")
    func refused() async throws {
        let usage = try UsageHouse()
        try await usage.with { spool, journal async throws in
            var bad = usage.draft(2)
            bad.volume?.deltaUp = -1
            #expect(try await journal.commit([usage.draft(1), bad]) == nil)
            #expect(spool.last(of: .usage) == 0)
            #expect(usage.notices.all[0].contains("'d_up' is negative"))
            #expect(try await journal.commit([usage.draft(1)]) == 2)
        }
    }

    @Test("keeps settled records, and gives any of them again")
    func settled() async throws {
        let usage = try UsageHouse()
        try await usage.with { spool, journal async throws in
            _ = spool.cursor(of: "mqtt", in: .usage)
            for part in 1...20 { try await journal.commit([usage.draft(part)]) }
            spool.settle(.usage, through: 21, by: "mqtt")
            try await spool.commit([[1]], to: .event)
            #expect(spool.state(of: .usage).rows == 21 && spool.state(of: .usage).settled == 21)
            let heard = Heard()
            journal.records(from: 5, through: 9, limit: 3) { rows in
                heard.hear(rows.map { "\($0.identity.sequence)" }.joined(separator: " "))
            }
            try await eventually("the records come") { heard.all == ["5 6 7"] }
            #expect(try journal.history(before: nil, limit: 3).map(\.sequence) == [21, 20, 19])
            #expect(try journal.history(before: 3, limit: 30).map(\.draft.kind) == [.interim, .boot])
            #expect(try journal.history(before: 1, limit: 30).isEmpty)
        }
        try await usage.with { spool, _ async throws in #expect(try await spool.all(.usage).count == 22) }
    }

    @Test("has a key of its own that nobody else may read, made once")
    func key() async throws {
        let usage = try UsageHouse()
        let path = usage.house.settings.directory + "/usage-key"
        let first = try await usage.with { _, journal async throws in journal.verifyingKey }
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let second = try await usage.with { _, journal async throws in journal.verifyingKey }
        #expect(first != nil && first == second)
        try "nonsense".write(toFile: path, atomically: true, encoding: .utf8)
        await #expect {
            try await usage.with { _, _ in }
        } throws: { error in
            guard case SpoolFault.unavailable(let message) = error else { return false }
            return message.contains(path) && message.contains("holds no key")
        }
        try FileManager.default.removeItem(atPath: path)
        try await usage.with { _, journal async throws in try await journal.commit([usage.draft()]) }
        #expect(usage.notices.all.isEmpty, "an empty chain has lost nothing")
    }

    @Test("says when others could read its key, and when the key is another one than before")
    func keyInOtherHands() async throws {
        let usage = try UsageHouse()
        let path = usage.house.settings.directory + "/usage-key"
        try await usage.with { _, journal async throws in try await journal.commit([usage.draft(1)]) }
        #expect(usage.notices.all.isEmpty)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try await usage.with { _, journal async throws in try await journal.commit([usage.draft(2)]) }
        #expect(usage.notices.all.count == 1)
        #expect(usage.notices.all.first?.contains("could be read by others (mode 644); it is 600 now") == true)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let stranger = SigningKey()
        try stranger.secret.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try await usage.with { _, journal async throws in try await journal.commit([usage.draft(3)]) }
        #expect(usage.notices.all.count == 2)
        #expect(usage.notices.all.last?.contains("holds another key (\(stranger.verifying.id))") == true)
    }

    @Test("holds records that can be read, also while a clock says the year 2300")
    func farFuture() async throws {
        let usage = try UsageHouse()
        usage.time.set(utc: Timestamp(microseconds: 10_413_792_000_000_000))
        var draft = usage.draft(1)
        #expect(!draft.problems.isEmpty)
        draft.times = draft.times.sealable
        #expect(draft.problems.isEmpty && draft.times.clock == .unsynced)
        try await usage.with { _, journal async throws in try await journal.commit([draft]) }
        try await usage.with { spool, journal async throws in
            let found = verdict(try await spool.records(), key: journal.verifyingKey)
            #expect(found.faults.isEmpty && found.signatures == 1, "\(found.findings)")
        }
    }

    @Test("does not believe a receipt of an epoch that no gateway begins, and always has a next one")
    func absurdEpoch() async throws {
        let usage = try UsageHouse()
        let heard = Heard()
        try await usage.with { _, journal async throws in
            try await journal.commit([usage.draft(1)])
            journal.acknowledge(
                UsageReceipt(
                    gateway: UsageHouse.gateway, epoch: .max, sequence: 1, hash: String(repeating: "0", count: 64))
            ) { heard.hear("\($0)") }
            try await eventually("it is answered") { heard.all == ["ignored"] }
        }
        #expect(usage.notices.all.contains { $0.contains("speaks of epoch 4294967295") && $0.contains("receiver_key") })
        try await usage.with { _, journal async throws in #expect(journal.epoch == 1) }
        try "4294967295\n".write(toFile: usage.house.settings.epochPath, atomically: true, encoding: .utf8)
        try await usage.with { _, journal async throws in #expect(journal.epoch == .max) }
    }

    @Test("whose file is deleted while it is in use says so, once, and goes on")
    func deleted() async throws {
        let usage = try UsageHouse()
        try await usage.with(signs: false) { _, journal async throws in
            try await journal.commit([usage.draft(1)])
            try FileManager.default.removeItem(atPath: usage.house.settings.databasePath)
            for part in 2...5 {
                usage.time.advance(by: .seconds(11))
                #expect(try await journal.commit([usage.draft(part)]) != nil)
            }
            let told = usage.house.alarms.all.filter { $0.contains("was deleted or replaced while it was in use") }
            #expect(told.count == 1 && told[0].contains("restart fieldgate"))
        }
    }

    @Test("renews its key: the old one signs the new one, also when the process ends between the two steps")
    func renewed() async throws {
        let usage = try UsageHouse()
        let path = usage.house.settings.directory + "/usage-key"
        let old = try await usage.with { spool, journal -> VerifyingKey? in
            let old = journal.verifyingKey
            try await journal.commit([usage.draft(1)])
            let heard = Heard()
            try journal.renewKey { heard.hear($0?.text ?? "refused") }
            try await eventually("the key is told") { !heard.all.isEmpty }
            #expect(heard.all[0] != old?.text && journal.verifyingKey?.text == heard.all[0])
            try await journal.commit([usage.draft(2)])
            return old
        }
        // A crash before the rename: the next key lies beside the old one, and the chain has taken it already.
        let current = try #require(FileManager.default.contents(atPath: path))
        try await usage.with { spool, journal async throws in
            let heard = Heard()
            try journal.renewKey { heard.hear($0?.text ?? "refused") }
            try await eventually("the key is told") { !heard.all.isEmpty }
        }
        try FileManager.default.moveItem(atPath: path, toPath: path + ".next")
        try current.write(to: URL(filePath: path))
        // Nor does a next key count that the chain has not taken.
        try await usage.with { spool, journal async throws in
            try await journal.commit([usage.draft(3)])
        }
        try SigningKey().secret.write(toFile: path + ".next", atomically: true, encoding: .utf8)
        try await usage.with { spool, journal async throws in
            try await journal.commit([usage.draft(4)])
            let found = verdict(try await spool.records(), key: old)
            #expect(found.findings.isEmpty && found.signatures >= 4, "\(found.findings)")
        }
    }

    @Test("refuses the spool of another gateway, by name")
    func stranger() async throws {
        let usage = try UsageHouse()
        try await usage.with { _, journal async throws in try await journal.commit([usage.draft()]) }
        await #expect {
            try await usage.with(gateway: "loader-0002") { _, _ in }
        } throws: { error in
            guard case SpoolFault.unavailable(let message) = error else { return false }
            return message.contains("'loader-0001'") && message.contains("'loader-0002'")
        }
    }
}

@Suite("The usage ledger and its receiver")
struct UsageReceiverTests {
    private func answer(_ journal: UsageJournal, _ receipt: UsageReceipt) async throws -> String {
        let heard = Heard()
        journal.acknowledge(receipt) { heard.hear("\($0)") }
        try await eventually("the receipt is judged") { !heard.all.isEmpty }
        return heard.all[0]
    }

    @Test("moves its cursor for a receipt that fits, and for no other")
    func receipts() async throws {
        let usage = try UsageHouse()
        try await usage.with { spool, journal async throws in
            for part in 1...5 { try await journal.commit([usage.draft(part)]) }
            let record = try await spool.records()[3]
            var receipt = UsageReceipt(gateway: UsageHouse.gateway, epoch: 1, sequence: 4, hash: record.hash)
            #expect(try await answer(journal, receipt) == "taken(4)")
            try await spool.commit([[1]], to: .event)
            #expect(spool.cursor(of: "receiver", in: .usage) == 4)
            receipt.gateway = "another"
            #expect(try await answer(journal, receipt) == "ignored")
            receipt = UsageReceipt(gateway: UsageHouse.gateway, epoch: 0, sequence: 4, hash: record.hash)
            #expect(try await answer(journal, receipt) == "ignored")
        }
    }

    @Test(
        "begins an epoch above both when the receiver knows a chain that the store does not, and names the old end",
        arguments: [0, 1, 2])
    func superseded(_ how: Int) async throws {
        let usage = try UsageHouse()
        let head = try await usage.with { spool, journal -> String in
            try await journal.commit([usage.draft(1), usage.draft(2)])
            let other = String(repeating: "0", count: 64)
            let receipt = [
                UsageReceipt(gateway: UsageHouse.gateway, epoch: 1, sequence: 2, hash: other),
                UsageReceipt(gateway: UsageHouse.gateway, epoch: 1, sequence: 50, hash: other),
                UsageReceipt(gateway: UsageHouse.gateway, epoch: 7, sequence: 1, hash: other),
            ][how]
            #expect(try await answer(journal, receipt).hasPrefix("superseded"))
            journal.close()
            return try await spool.records().last?.hash ?? ""
        }
        try await usage.with { spool, journal async throws in
            #expect(spool.epoch == (how == 2 ? 8 : 3))
            try await journal.commit([usage.draft(1)])
            let first = try await spool.records()[0]
            #expect(first.sequence == 1 && first.genesis?.last == head)
        }
        #expect(usage.notices.all.count == 1 && usage.notices.all[0].contains("it is kept as"))
    }
}
