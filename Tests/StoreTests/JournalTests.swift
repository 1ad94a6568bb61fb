import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import SQLite
import Synchronization
import Testing

@testable import Store

@Suite("The command journal")
struct JournalTests {
    private let folder: TemporaryFolder
    private let time = ManualTime()
    private var path: String { folder.path("commands.db") }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func with(_ body: (JournalStore) async throws -> Void) async throws {
        let journal = try JournalStore(path: path, time: time, notice: { _ in })
        defer { journal.close() }
        try await body(journal)
    }

    private func result(_ id: String, _ stage: CommandStage, device: String = "d") -> CommandResult {
        CommandResult(
            id: id, device: device, stage: stage, point: "P", value: .decimal(DecimalNumber(mantissa: 15, digits: 1)),
            reason: stage == .rejected ? "expired" : nil, detail: "über \"alles\"")
    }

    @Test("a new command is new once, then known with its newest result, also after opening again")
    func known() async throws {
        try await with { journal in
            #expect(await journal.admit("1", at: time.utc()) == .new)
            guard case .known(let open) = await journal.admit("1", at: time.utc()) else {
                return #expect(Bool(false), "the command is admitted twice")
            }
            #expect(open.stage == .received)
            journal.record(result("1", .written))
            #expect(await journal.admit("1", at: time.utc()) == .known(result("1", .written)))
            journal.record(result("1", .confirmed))
        }
        try await with { #expect(await $0.admit("1", at: time.utc()) == .known(result("1", .confirmed))) }
    }

    @Test("the same id at another device is another command")
    func devices() async throws {
        try await with { journal in
            #expect(await journal.admit("1", device: "a", at: time.utc()) == .new)
            #expect(await journal.admit("1", device: "b", at: time.utc()) == .new)
        }
    }

    @Test("a refused command is stored with its refusal, and is no orphan")
    func refused() async throws {
        let verdict = result("1", .rejected)
        try await with { #expect(await $0.admit("1", at: time.utc(), verdict: verdict) == .new) }
        try await with { journal in
            let orphans = try journal.orphans()
            #expect(orphans.isEmpty)
            #expect(await journal.admit("1", at: time.utc()) == .known(verdict))
        }
    }

    @Test("commands left open become unknown, once, in the order they came")
    func orphans() async throws {
        try await with { journal in
            for id in ["a", "b", "c", "d"] { _ = await journal.admit(id, at: time.utc()) }
            journal.record(result("b", .failed))
        }
        try await with { journal in
            let orphans = try journal.orphans()
            #expect(orphans.map(\.id) == ["a", "c", "d"])
            #expect(orphans.allSatisfy { $0.stage == .unknown && $0.reason == "restarted" && $0.detail != nil })
            #expect(await journal.admit("a", at: time.utc()) == .known(orphans[0]))
        }
        try await with { journal in
            let orphans = try journal.orphans()
            #expect(orphans.isEmpty)
        }
    }

    @Test("answers come in the order of the questions")
    func order() async throws {
        try await with { journal in
            let answered = Heard()
            for number in 0..<500 {
                journal.admit(id: "\(number)", device: "d", at: time.utc(), verdict: nil) { _ in
                    answered.hear("\(number)")
                }
            }
            try await eventually("all are answered") { answered.all.count == 500 }
            #expect(answered.all == (0..<500).map(String.init))
        }
    }

    @Test("a command is on the disk before its answer is given")
    func durable() async throws {
        try await with { journal in
            for number in 0..<20 {
                let path = self.path
                let found = Mutex<Int64>(-1)
                await withCheckedContinuation { done in
                    journal.admit(id: "\(number)", device: "d", at: time.utc(), verdict: nil) { _ in
                        // Another connection sees what is committed, and nothing else.
                        let database = try? Database.open(path, .read)
                        let count = try? database?.integer("SELECT count(*) FROM command WHERE id = '\(number)'")
                        found.withLock { $0 = count ?? -1 }
                        done.resume()
                    }
                }
                #expect(found.withLock { $0 } == 1)
            }
        }
    }

    @Test("the newest ten thousand are remembered, and no more")
    func limit() async throws {
        try await with { journal in
            let answered = Heard()
            for number in 0..<JournalStore.limit + 500 {
                journal.admit(id: "\(number)", device: "d", at: time.utc(), verdict: result("\(number)", .rejected)) {
                    if $0 != .new { answered.hear("\(number): \($0)") }
                }
            }
            guard case .known = await journal.admit("500", at: time.utc()) else {
                return #expect(Bool(false), "the ten-thousandth is forgotten")
            }
            #expect(await journal.admit("0", at: time.utc()) == .new)
            #expect(answered.all.isEmpty)
        }
        let database = try Database.open(path, .read)
        #expect(try database.integer("SELECT count(*) FROM command") == Int64(JournalStore.limit))
    }

    @Test("after a day a command is forgotten")
    func age() async throws {
        try await with { journal in
            #expect(await journal.admit("1", at: time.utc(), verdict: result("1", .rejected)) == .new)
            time.advance(by: .seconds(23 * 3600))
            #expect(await journal.admit("2", at: time.utc()) == .new)
            #expect(await journal.admit("1", at: time.utc()) == .known(result("1", .rejected)))
            time.advance(by: .seconds(2 * 3600))
            #expect(await journal.admit("3", at: time.utc()) == .new)
            #expect(await journal.admit("1", at: time.utc()) == .new)
            guard case .known = await journal.admit("2", at: time.utc()) else {
                return #expect(Bool(false), "two hours are no day")
            }
        }
    }

    @Test("a damaged journal is set aside, said, and commands are taken again")
    func damaged() async throws {
        try Array(repeating: "no database ", count: 1000).joined().write(
            toFile: path, atomically: true, encoding: .utf8)
        var notices: [String] = []
        let journal = try JournalStore(path: path, time: time) { notices.append($0) }
        defer { journal.close() }
        #expect(notices.count == 1)
        #expect(notices.first?.contains("commands.db.damaged-") == true)
        #expect(await journal.admit("1", at: time.utc()) == .new)
    }

    @Test("a folder that is not there is refused in words")
    func noFolder() {
        #expect {
            _ = try JournalStore(path: folder.path("nowhere/commands.db"), time: time, notice: { _ in })
        } throws: { error in
            guard case SpoolFault.unavailable(let message) = error else { return false }
            return message.contains("nowhere/commands.db")
        }
    }
}

extension JournalStore {
    func record(_ result: CommandResult) {
        record(result) { _ in }
    }

    func admit(
        _ id: String, device: String = "d", at time: Timestamp, verdict: CommandResult? = nil
    ) async -> Admission {
        await withCheckedContinuation { answer in
            admit(id: id, device: device, at: time, verdict: verdict) { answer.resume(returning: $0) }
        }
    }
}
