import FieldModel
import Platform
import Signing
import Store

/// The totals of live connections in the snapshot's slots.
final class SnapshotTotals: LiveTotalsStore {
    private let path: String
    private let boot: String
    private var snapshot: FlowSnapshot?

    init(path: String, boot: String) { (self.path, self.boot) = (path, boot) }

    func load() throws(SpoolFault) -> [LiveTotals] {
        let snapshot = try open()
        let before = snapshot.boot
        return snapshot.load().compactMap { mark in
            Self.connection(mark, boot: before).map {
                LiveTotals(connection: $0, up: mark.up, down: mark.down, read: mark.last)
            }
        }
    }

    func store(_ changed: [LiveTotals], forgetting ended: [UsageConnection]) throws(SpoolFault) {
        let snapshot = try open()
        do throws(SystemError) {
            // Whatever another boot left has been recorded by now.
            if snapshot.boot != boot { try snapshot.begin(boot: boot) }
            try snapshot.store(
                changed: changed.filter { $0.connection.boot == boot }.compactMap(Self.mark),
                ended: ended.filter { $0.boot == boot }.compactMap(Self.key))
        } catch {
            throw fault(error)
        }
    }

    private func open() throws(SpoolFault) -> FlowSnapshot {
        if let snapshot { return snapshot }
        do throws(SystemError) {
            let opened = try FlowSnapshot(path: path)
            snapshot = opened
            return opened
        } catch {
            throw fault(error)
        }
    }

    private func fault(_ error: SystemError) -> SpoolFault {
        .unavailable("\(path) cannot be used: \(error); free room there, or correct the rights of the folder")
    }

    // MARK: Keys: start, id, tuple

    private static func mark(_ totals: LiveTotals) -> FlowMark? {
        key(totals.connection).map {
            FlowMark(key: $0, up: totals.up, down: totals.down, last: totals.read, part: totals.connection.part)
        }
    }

    private static func key(_ connection: UsageConnection) -> [UInt8]? {
        guard let tuple = Hex.bytes(connection.tuple, count: 16) else { return nil }
        var writer = ByteWriter(capacity: FlowMark.keyBytes)
        writer.fixed(connection.start)
        writer.fixed(connection.id)
        return writer.bytes + tuple
    }

    private static func connection(_ mark: FlowMark, boot: String) -> UsageConnection? {
        var reader = ByteReader(mark.key)
        guard let start = reader.fixed(UInt64.self), let id = reader.fixed(UInt32.self) else { return nil }
        return UsageConnection(
            boot: boot, start: start, id: id, tuple: Hex.text(Array(mark.key.suffix(16))), part: mark.part,
            transport: 0)
    }
}
