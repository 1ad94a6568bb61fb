import FieldGateTesting
import FieldModel
import PeerTesting
import Store
import Synchronization

/// A folder with a spool, and what the spool has said.
final class SpoolHouse {
    let folder: TemporaryFolder
    var settings: SpoolSettings
    let time = ManualTime()
    let alarms = Heard()
    var notices: [String] = []

    init(below path: String? = nil) throws {
        folder = try TemporaryFolder()
        settings = SpoolSettings(directory: path ?? folder.path("spool"))
    }

    func open(_ time: (any TimeSource)? = nil) throws -> SpoolStore {
        let alarms = self.alarms
        return try SpoolStore(
            settings, time: time ?? self.time, notice: { notices.append($0) }, onAlarm: { alarms.hear($0 ?? "fine") })
    }

    /// Opens the spool for as long as `body` runs.
    @discardableResult
    func with<Result>(
        _ time: (any TimeSource)? = nil, _ body: (SpoolStore) async throws -> Result
    ) async throws -> Result {
        let spool = try open(time)
        defer { spool.close() }
        return try await body(spool)
    }
}

/// What callbacks on other threads were told.
final class Heard: Sendable {
    private let texts = Mutex<[String]>([])

    func hear(_ text: String) { texts.withLock { $0.append(text) } }
    var all: [String] { texts.withLock { $0 } }
}

extension SpoolStore {
    /// Appends, and waits for the commit.
    func commit(_ bodies: [[UInt8]], to stream: FieldModel.Stream = .telemetry) async throws {
        let wanted = last(of: stream) + UInt64(bodies.count)
        for body in bodies { append(body, to: stream) }
        flush()
        try await eventually("\(stream.name) reaches \(wanted)") { last(of: stream) >= wanted }
    }

    /// Reads on until the newest row.
    func all(_ stream: FieldModel.Stream, after start: UInt64 = 0, limit: Int = 100) async throws -> [SpoolRow] {
        var rows: [SpoolRow] = []
        try await eventually("row \(last(of: stream)) of \(stream.name) comes") {
            while true {
                let more = self.rows(of: stream, after: rows.last?.identity.sequence ?? start, limit: limit)
                rows += more
                if more.isEmpty { return (rows.last?.identity.sequence ?? start) >= last(of: stream) }
            }
        }
        return rows
    }

    func state(of stream: FieldModel.Stream) -> StreamState { state.streams[Int(stream.rawValue)] }
}

/// So many bytes of the number.
func body(_ number: Int, bytes: Int = 4) -> [UInt8] {
    [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: bytes)
}
