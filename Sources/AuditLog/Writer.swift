import CSystem
import FieldModel
import Platform
import Signing

/// The one who writes. Belongs to the trail's thread.
final class Writer {
    private let directory: String
    private let file: AuditFile
    private var chain: AuditChain
    private let spool: any Spool
    private let key: SigningKey?
    private let time: any TimeSource
    private let room: Flag
    private let notice: @Sendable (String) -> Void
    /// Linked, and not on the disk yet.
    private var waiting: [(fields: [EventBatch.Field], device: String, time: Timestamp)] = []
    private var isComplaining = false
    var dropped = 0

    init(
        directory: String, file: AuditFile, chain: AuditChain, spool: any Spool, key: SigningKey?,
        time: any TimeSource, room: Flag, notice: @escaping @Sendable (String) -> Void
    ) {
        self.directory = directory
        self.file = file
        self.chain = chain
        self.spool = spool
        self.key = key
        self.time = time
        self.room = room
        self.notice = notice
        room.store(file.keepRoom())
    }

    static func path(_ directory: String, _ device: String) -> String { "\(directory)/\(device).epoch" }

    var isWaiting: Bool { !waiting.isEmpty }

    /// The first record of a life: where the chain goes on.
    func start(torn: Bool) {
        var fields = [EventBatch.Field("event", .text("started"))]
        if torn { fields.append(EventBatch.Field("torn", .bool(true))) }
        add(fields, "gateway", time.utc())
        flush()
    }

    func store(_ standing: ControlStanding, _ device: String) -> Bool {
        do throws(SystemError) {
            try FileText.replace(
                Self.path(directory, device), with: "\(standing.epoch) \(standing.isOpen ? "open" : "closed")\n")
            return true
        } catch {
            complain("the epoch of '\(device)' cannot be stored, so nobody is granted it: \(error)")
            return false
        }
    }

    func add(_ fields: [EventBatch.Field], _ device: String, _ time: Timestamp) {
        var linked = chain.link(fields, of: device, at: time)
        if let key, Self.isSigned(fields) {
            let signature = key.sign(AuditChain.signed(Hex.text(chain.hash)))
            linked.append(EventBatch.Field("signature", .text(Hex.text(signature))))
        }
        waiting.append((linked, device, time))
    }

    /// Where a session ends, and where a life begins.
    private static func isSigned(_ fields: [EventBatch.Field]) -> Bool {
        fields.contains { field in
            field.name == "event" && field.value == .text("started")
                || field.name == "to" && (field.value == .text("IDLE") || field.value == .text("LOCKED"))
        }
    }

    func flush() {
        if dropped > 0 {
            add(
                [.init("event", .text("records_dropped")), .init("count", .integer(Int64(dropped)))], "gateway",
                time.utc())
            dropped = 0
        }
        if waiting.isEmpty { return room.store(file.keepRoom()) }
        do throws(SystemError) {
            try file.append(waiting.map(\.fields))
            for (fields, device, time) in waiting {
                let batch = EventBatch(
                    kind: .controlEvent, device: device, time: time, clock: self.time.clockQuality(), fields: fields)
                spool.append(RowCodec.encode(batch), to: .audit, mayWait: false)
            }
            waiting.removeAll(keepingCapacity: true)
            let keeps = file.keepRoom()
            room.store(keeps)
            if !keeps {
                complain("the disk has no room for the audit trail: nobody is armed until there is")
            } else {
                isComplaining = false
            }
        } catch {
            room.store(false)
            complain("the audit trail in \(directory) cannot be written, nobody is armed until it can: \(error)")
        }
    }

    /// Between two tries of a disk that refuses.
    func pause() {
        var pause = timespec(tv_sec: 0, tv_nsec: 200_000_000)
        nanosleep(&pause, nil)
    }

    private func complain(_ text: String) {
        if !isComplaining { notice(text) }
        isComplaining = true
    }
}
