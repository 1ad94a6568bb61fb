import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import Platform
import Signing
import Store
import Testing
import UsageWire

/// A gateway's site with a ledger in its spool, and the command line on it.
final class LedgerSite {
    static let gateway = "loader-0001"
    let folder: TemporaryFolder
    let config: String

    init(broker port: UInt16 = 1, receiver: VerifyingKey? = nil) throws {
        folder = try TemporaryFolder()
        try folder.write(
            """
            schema: fg.profile/1
            id: counter
            groups: {all: {period: 1s}}
            points:
              - {id: count, table: holding, address: 0, type: u16, group: all}

            """, to: "counter.yaml")
        let key = receiver.map { ", receiver_key: \"\($0.text)\"" } ?? ""
        config = try folder.write(
            """
            schema: fg.site/1
            gateway: {id: \(Self.gateway)}
            broker: {host: 127.0.0.1, port: \(port)\(key)}
            spool: {directory: \(folder.path("spool")), commit_interval: 100ms}
            buses:
              - {id: b, tcp: {host: 127.0.0.1, port: 1}}
            devices:
              - {id: d, bus: b, profile: \(folder.path("counter.yaml"))}

            """, to: "site.yaml")
    }

    var settings: SpoolSettings { SpoolSettings(directory: folder.path("spool")) }

    /// Drafts of two connections in two classes, over two days, two kilobytes up and one down each.
    static func draft(_ number: Int) -> UsageDraft {
        let noon = 1_795_161_600_000_000 + Int64(number) * 3_600_000_000
        var draft = UsageDraft(
            .interim,
            times: UsageTimes(
                open: Timestamp(microseconds: noon - 900_000_000), close: Timestamp(microseconds: noon),
                monotonic: Int64(number) * 3_600_000_000, clock: .synced))
        let flow = UInt32(number % 2 + 1)
        draft.connection = UsageConnection(
            boot: "boot", start: 7, id: flow, tuple: String(repeating: "0\(flow)", count: 16),
            part: UInt32(number / 2 + 1), transport: 6, application: "=SUM(A1)")
        draft.trafficClass = flow == 1 ? UsageMark.telemetry : 0x100
        var volume = UsageVolume(source: .connectionTracking)
        (volume.up, volume.down) = (UInt64(number / 2 + 1) * 2000, UInt64(number / 2 + 1) * 1000)
        (volume.deltaUp, volume.deltaDown) = (2000, 1000)
        draft.volume = volume
        draft.cause = .time
        draft.subscription.path = flow == 1 ? "5g-a" : "5g-b"
        draft.subscription.iccid = "89860012345678901234"
        draft.subscription.imei = "867890123456789"
        return draft
    }

    /// Puts so many drafts into the ledger, as a gateway would, and ends.
    func fill(_ count: Int, from start: Int = 0) async throws {
        let time = SystemTime(source: .system)
        let spool = try SpoolStore(
            settings, gateway: Self.gateway, time: time, notice: { Issue.record("\($0)") }, onAlarm: { _ in })
        let journal = try UsageJournal(
            spool, gateway: Self.gateway, boot: "boot", time: time, notice: { Issue.record("\($0)") })
        journal.append((start..<start + count).map(Self.draft)) { _ in }
        journal.close()
        spool.close()
    }

    /// Runs `fieldgate usage`.
    func usage(_ arguments: String...) async throws -> (code: Int32, text: String) {
        let site = arguments.contains("--file") ? [] : ["--config", config]
        return try await Peer.run(
            Place.product("fieldgate"), ["usage", arguments[0]] + site + arguments.dropFirst(), in: folder)
    }

    func records() throws -> [UsageRecord] {
        try UsageLedgerReader(settings).rows(after: 0, limit: 10_000).map { try UsageRecord($0.body) }
    }

    func acknowledged() throws -> UInt64 { try UsageLedgerReader(settings).acknowledged() }

    func text(_ name: String) throws -> String { try String(contentsOfFile: folder.path(name), encoding: .utf8) }
}
