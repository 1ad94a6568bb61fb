import AuditLog
import FieldGateTesting
import FieldModel
import PeerTesting
import Platform
import Signing
import Testing

@Suite("The audit trail on a disk that is full")
struct FullDiskTests {
    private static func mounted(_ size: String) async throws -> TemporaryFolder? {
        let folder = try TemporaryFolder()
        let mount = try await Peer.run(
            "mount", ["-t", "tmpfs", "-o", "size=\(size)", "tmpfs", folder.path], in: TemporaryFolder())
        return mount.code == 0 ? folder : nil
    }

    @Test("It says that there is no room, still records what happens, and goes on when there is room")
    func full() async throws {
        guard let folder = try await Self.mounted("2m") else { return }
        defer { _ = try? Peer("umount", ["-l", folder.path], in: TemporaryFolder()) }
        let key = SigningKey()
        let trail = try AuditTrail(
            directory: folder.path("control"), spool: MemorySpool(), key: key, time: ManualTime(), notice: { _ in })
        #expect(trail.hasRoom)
        let filler = try Self.fill(folder)
        // More than half of the reserve: then more is asked for, in vain.
        for number in 0..<700 {
            trail.record(
                [
                    .init("to", .text("SAFE_STOP")), .init("why", .text(String(repeating: "x", count: 300))),
                    .init("k", .integer(Int64(number))),
                ], of: "m")
        }
        try await eventually("it has no room") { !trail.hasRoom }
        try await eventually("what happened is on the disk all the same") {
            let text = try? FileText.bytes(folder.path("control/audit.jsonl"))
            return text?.count ?? 0 > 300_000
        }
        try FileText.replace(filler, with: "")
        trail.record([.init("to", .text("IDLE"))], of: "m")
        try await eventually("it has room again") { trail.hasRoom }
        trail.close()
        let text = String(decoding: try FileText.bytes(folder.path("control/audit.jsonl")), as: UTF8.self)
        let verdict = AuditChain.verify(lines: text.split(separator: "\n").map(String.init), key: key.verifying)
        #expect(verdict.faults.isEmpty)
        #expect(verdict.records == 702)
    }

    /// Fills the disk to its last page, and returns with what.
    private static func fill(_ folder: TemporaryFolder) throws -> String {
        var kilobytes = 2048
        while kilobytes > 0 {
            let text = String(repeating: "f", count: kilobytes * 1024)
            let path = folder.path("filler-\(kilobytes)")
            if (try? FileText.append(text, to: path)) == nil { kilobytes /= 2 }
            if kilobytes < 4 { break }
        }
        return folder.path("filler-2048")
    }
}
