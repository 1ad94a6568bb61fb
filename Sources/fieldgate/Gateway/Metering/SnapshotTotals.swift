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
        return snapshot.load().map { mark in
            LiveTotals(
                connection: Self.connection(mark, boot: before), up: mark.up, down: mark.down, read: mark.last)
        }
    }

    func store(_ changed: [LiveTotals], forgetting ended: [UsageConnection]) throws(SpoolFault) {
        let snapshot = try open()
        do throws(SystemError) {
            // Whatever another boot left has been recorded by now.
            if snapshot.boot != boot { try snapshot.begin(boot: boot) }
            try snapshot.store(
                changed: changed.compactMap { $0.connection.boot == boot ? Self.mark($0) : nil },
                ended: ended.compactMap { $0.boot == boot ? Self.key($0) : nil })
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

    private static func key(_ connection: UsageConnection) -> FlowMark.Key? {
        Hex.number(connection.tuple).map { FlowMark.Key(start: connection.start, id: connection.id, tuple: $0) }
    }

    private static func connection(_ mark: FlowMark, boot: String) -> UsageConnection {
        UsageConnection(
            boot: boot, start: mark.key.start, id: mark.key.id, tuple: Hex.text(Hex.bigEndian(mark.key.tuple)),
            part: mark.part, transport: 0)
    }
}
