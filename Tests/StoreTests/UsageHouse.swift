import FieldGateTesting
import FieldModel
import PeerTesting
import Signing
import Store
import Testing
import UsageWire

/// A spool with a usage ledger in it.
final class UsageHouse {
    static let gateway = "loader-0001"
    let house: SpoolHouse
    let notices = Heard()

    init(below path: String? = nil) throws { house = try SpoolHouse(below: path) }

    var time: ManualTime { house.time }

    /// Opens both for as long as `body` runs. `signs` closes the ledger as a gateway does that ends well.
    @discardableResult
    func with<Result>(
        gateway: String = UsageHouse.gateway, signs: Bool = true, time: (any TimeSource)? = nil,
        _ body: (SpoolStore, UsageJournal) async throws -> Result
    ) async throws -> Result {
        let (notices, alarms) = (self.notices, house.alarms)
        let spool = try SpoolStore(
            house.settings, gateway: gateway, time: time ?? house.time, notice: { notices.hear($0) },
            onAlarm: { alarms.hear($0 ?? "fine") })
        defer { spool.close() }
        let journal = try UsageJournal(
            spool, gateway: gateway, boot: "boot-1", time: time ?? house.time, notice: { notices.hear($0) })
        let result = try await body(spool, journal)
        if signs { journal.close() }
        return result
    }

    func draft(_ part: Int = 1, up: Int64 = 1000) -> UsageDraft {
        var draft = UsageDraft(
            .interim,
            times: UsageTimes(
                open: time.utc(), close: time.utc(), first: time.utc(), last: time.utc(),
                monotonic: time.now().nanoseconds / 1000, clock: .synced))
        draft.connection = UsageConnection(
            boot: "0f9b7a52-6a1c-4f8e-9d0b-2f1f4f1f9c11", start: 1_795_161_000_123_456_789, id: 3_405_691_582,
            tuple: String(repeating: "5a", count: 16), part: UInt32(part), transport: 6, destination: "broker.example",
            application: "mqtt")
        var volume = UsageVolume(source: .connectionTrackingCorrected)
        (volume.up, volume.down) = (UInt64(part) * UInt64(up), UInt64(part) * UInt64(up))
        (volume.deltaUp, volume.deltaDown, volume.correctionUp) = (up, up, 10_452)
        (volume.upPackets, volume.downPackets) = (7_412, 3_117)
        draft.volume = volume
        draft.units = UsageUnits(messages: 900, messageBytes: 1_304_112, retries: 3)
        (draft.trafficClass, draft.ratingGroup, draft.cause) = (0x20, "telemetry@3", .time)
        var subscription = UsageSubscription()
        (subscription.path, subscription.iccid, subscription.imei) = ("5g-a", "89860012345678901234", "867890123456789")
        (subscription.plmn, subscription.trackingArea, subscription.cell) = ("46000", "1a2b3c", "0123456789")
        (subscription.rat, subscription.slice, subscription.dataNetwork) = ("nr-sa", "01-000001", "machines.example")
        subscription.session = 17
        draft.subscription = subscription
        return draft
    }
}

extension UsageJournal {
    /// Appends, and waits for the commit.
    @discardableResult
    func commit(_ drafts: [UsageDraft]) async throws -> UInt64? {
        let heard = Heard()
        append(drafts) { heard.hear($0.map(String.init) ?? "refused") }
        try await eventually("the ledger answers") { !heard.all.isEmpty }
        return UInt64(heard.all[0])
    }
}

extension SpoolStore {
    func records() async throws -> [UsageRecord] { try await all(.usage).map { try UsageRecord($0.body) } }
}

func verdict(_ records: [UsageRecord], key: VerifyingKey? = nil) -> UsageVerdict {
    var verifier = UsageChainVerifier(keys: key.map { UsageKeyRing([$0]) })
    for record in records { verifier.take(record, place: "record \(record.sequence)") }
    return verifier.verdict
}
