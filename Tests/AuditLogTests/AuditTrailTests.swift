import AuditLog
import FieldGateTesting
import FieldModel
import PeerTesting
import Platform
import Signing
import Synchronization
import Testing

@Suite("The audit trail")
struct AuditTrailTests {
    private static func field(_ name: String, _ text: String) -> EventBatch.Field { .init(name, .text(text)) }

    private static func lines(_ folder: TemporaryFolder) -> [String] {
        let text = (try? FileText.bytes(folder.path("audit.jsonl"))).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    private static func trail(_ folder: TemporaryFolder, _ spool: MemorySpool, _ key: SigningKey) throws -> AuditTrail {
        try AuditTrail(directory: folder.path, spool: spool, key: key, time: ManualTime(), notice: { _ in })
    }

    @Test("Records hang together over lives of the gateway, and go to the audit stream as they are stored")
    func chains() async throws {
        let folder = try TemporaryFolder()
        let (spool, key) = (MemorySpool(), SigningKey())
        for life in 1...2 {
            let trail = try Self.trail(folder, spool, key)
            trail.record([Self.field("from", "ARMED"), Self.field("to", "ACTIVE")], of: "loader \(life)")
            trail.record([Self.field("from", "ACTIVE"), Self.field("to", "LOCKED")], of: "loader")
            trail.close()
        }
        let lines = Self.lines(folder)
        let verdict = AuditChain.verify(lines: lines, key: key.verifying)
        #expect(verdict.faults.isEmpty)
        #expect(verdict.records == 6)
        #expect(verdict.signatures == 4)
        #expect(spool.last(of: .audit) == 6)
    }

    @Test("One bit changed anywhere is found, as are a line left out and one doubled with another content")
    func changes() async throws {
        let folder = try TemporaryFolder()
        let key = SigningKey()
        let trail = try Self.trail(folder, MemorySpool(), key)
        for number in 0..<3 {
            trail.record([Self.field("to", "IDLE"), .init("age", .integer(Int64(number)))], of: "m")
        }
        trail.close()
        let lines = Self.lines(folder)
        for (index, line) in lines.enumerated() {
            let bytes = Array(line.utf8)
            for place in bytes.indices {
                var changed = bytes
                changed[place] ^= 1
                var other = lines
                other[index] = String(decoding: changed, as: UTF8.self)
                let verdict = AuditChain.verify(lines: other, key: key.verifying)
                #expect(!verdict.faults.isEmpty, "line \(index) byte \(place): \(other[index])")
            }
        }
        #expect(!AuditChain.verify(lines: [lines[0], lines[2]], key: nil).faults.isEmpty)
        #expect(AuditChain.verify(lines: [lines[0], lines[0], lines[1]], key: nil).faults.isEmpty)
        #expect(!AuditChain.verify(lines: lines, key: SigningKey().verifying).faults.isEmpty)
    }

    @Test("A line that a crash cut off is taken away, and the trail says so")
    func torn() throws {
        let folder = try TemporaryFolder()
        let key = SigningKey()
        try Self.trail(folder, MemorySpool(), key).close()
        let text = String(decoding: try FileText.bytes(folder.path("audit.jsonl")), as: UTF8.self)
        try folder.write(text + #"{"n":2,"prev":"#, to: "audit.jsonl")
        try Self.trail(folder, MemorySpool(), key).close()
        let lines = Self.lines(folder)
        #expect(lines.count == 2)
        #expect(lines[1].contains(#""torn":true"#))
        #expect(AuditChain.verify(lines: lines, key: key.verifying).faults.isEmpty)
    }

    @Test("Epochs are stored before anybody hears of it, and a damaged one locks above all that were granted")
    func standings() async throws {
        let folder = try TemporaryFolder()
        let trail = try Self.trail(folder, MemorySpool(), SigningKey())
        // A new disk: above what a lost one may have granted.
        #expect(trail.standing(of: "m").epoch == UInt64(ManualTime().utc().microseconds / 1_000_000))
        let stored = Mutex<Bool?>(nil)
        trail.store(ControlStanding(epoch: 7, isOpen: true), of: "m") { ok in stored.withLock { $0 = ok } }
        try await eventually("the epoch is stored") { stored.withLock { $0 } == true }
        #expect(trail.standing(of: "m") == ControlStanding(epoch: 7, isOpen: true))
        try folder.write("rubbish", to: "m.epoch")
        let damaged = trail.standing(of: "m")
        #expect(damaged.isOpen)
        #expect(damaged.epoch > 7)
        trail.close()
    }
}
