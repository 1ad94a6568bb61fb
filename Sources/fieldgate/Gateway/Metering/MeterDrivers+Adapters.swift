import CSystem
import FieldModel
import KernelNet
import Platform
import Store

extension MeterDrivers {
    /// The adapters that a site asks for.
    init(
        _ site: SiteSettings, _ link: LinkSettings, journal: UsageJournal, spool: SpoolStore, time: any TimeSource
    ) throws(StartFault) {
        let key: TupleKey
        let keyPath = site.spool.directory + "/usage-tuple-key"
        do throws(SystemError) {
            key = try TupleKey(
                path: keyPath, isExpected: FileText.size(site.spool.directory + "/usage.snapshot") != nil)
        } catch {
            throw .system("the key of usage records, \(keyPath), cannot be made: \(error)")
        }
        let boot = BootID.read()
        let snapshot = site.spool.directory + "/usage.snapshot"
        let helper = link.helperSocket
        let paths = link.paths.map { KernelCounters.Path(id: $0.id, device: $0.device) }
        self.init(
            ledger: journal, epoch: journal.epoch,
            history: { LedgerHistory(journal, spool: spool, time: time) },
            totals: { SnapshotTotals(path: snapshot, boot: boot) },
            counters: { KernelCounters(paths: paths, helper: helper ?? NetworkHelper.defaultPath, time: time) },
            mayAskForConnections: helper != nil,
            sockets: { (try? OwnSockets.ofThisUser()) ?? [] },
            addresses: { NetworkInterface.find($0)?.addresses ?? [] },
            fingerprint: { key.fingerprint($0) }, boot: boot, namespace: Self.namespace(of: boot),
            warnings: [key.warning].compactMap(\.self))
    }

    /// Another boot, or another network namespace, knows nothing of the connections of this one.
    private static func namespace(of boot: String) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/self/ns/net", &buffer, buffer.count - 1)
        let name = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(boot) \(name)"
    }
}
