import FieldModel
import Signing
import UsageWire

/// A gateway as the desk sees it: it seals records, one after another.
package struct TestGateway: Sendable {
    package let name: String
    package let epoch: UInt32
    package let boot: String
    package private(set) var records: [UsageRecord] = []
    private var sealer: UsageSealer
    private var connections: [UInt32: UsageConnection] = [:]
    private var volumes: [UInt32: UsageVolume] = [:]
    private let bootedAt: Timestamp

    package init(
        _ name: String, epoch: UInt32 = 1, boot: String = "11111111-2222-3333-4444-555555555555",
        bootedAt: String = "2026-01-01T00:00:00Z", key: SigningKey = SigningKey()
    ) {
        self.name = name
        self.epoch = epoch
        self.boot = boot
        self.bootedAt = Timestamp(rfc3339: bootedAt) ?? Timestamp(microseconds: 0)
        sealer = UsageSealer(gateway: name, epoch: epoch, boot: boot, after: nil, key: key)
    }

    package var key: VerifyingKey { sealer.verifyingKey }
    /// The records' texts, as files have them.
    package var lines: [String] { records.map { String(decoding: $0.bytes, as: UTF8.self) } }

    /// What a record of traffic says; anything may be left as it is.
    package struct Traffic: Sendable {
        package var connection: UInt32 = 1
        package var up: Int64 = 0
        package var down: Int64 = 0
        package var trafficClass: UInt16 = 0x20
        package var group: String? = "telemetry"
        package var messages: UInt64?
        package var path: String? = "wan"
        package var iccid: String?
        package var seconds: Int64 = 60

        package init(connection: UInt32 = 1, up: Int64 = 0, down: Int64 = 0) {
            self.connection = connection
            self.up = up
            self.down = down
        }
    }

    /// `clock` other than synced: the stamps are then as wrong as they are given.
    package func times(
        _ at: String, seconds: Int64 = 60, clock: Timestamp.ClockQuality = .synced, monotonic: Int64? = nil
    ) -> UsageTimes {
        let open = Timestamp(rfc3339: at) ?? Timestamp(microseconds: 0)
        let close = Timestamp(microseconds: open.microseconds + seconds * 1_000_000)
        return UsageTimes(
            open: open, close: close, monotonic: monotonic ?? close.microseconds - bootedAt.microseconds, clock: clock)
    }

    @discardableResult
    package mutating func seal(_ drafts: [UsageDraft], at times: UsageTimes) -> [UsageRecord] {
        let sealed = sealer.seal(drafts, at: times)
        records += sealed
        return sealed
    }

    @discardableResult
    package mutating func traffic(_ traffic: Traffic, at times: UsageTimes) -> UsageRecord {
        var connection =
            connections[traffic.connection]
            ?? UsageConnection(
                boot: boot, start: UInt64(traffic.connection) * 1_000_000_007, id: traffic.connection,
                tuple: String(repeating: "0", count: 32 - String(traffic.connection, radix: 16).utf8.count)
                    + String(traffic.connection, radix: 16), part: 0, transport: 6)
        connection.part += 1
        connections[traffic.connection] = connection
        var volume = volumes[traffic.connection] ?? UsageVolume(source: .connectionTracking)
        volume.up += UInt64(traffic.up)
        volume.down += UInt64(traffic.down)
        volumes[traffic.connection] = volume
        volume.deltaUp = traffic.up
        volume.deltaDown = traffic.down
        volume.upPackets = volume.up / 1000
        volume.downPackets = volume.down / 1000
        var draft = UsageDraft(.interim, times: times)
        draft.connection = connection
        draft.volume = volume
        draft.trafficClass = traffic.trafficClass
        draft.ratingGroup = traffic.group
        draft.subscription.path = traffic.path
        draft.subscription.iccid = traffic.iccid
        draft.cause = .time
        if let messages = traffic.messages {
            draft.units = UsageUnits(messages: messages, messageBytes: messages * 100, retries: 0)
        }
        return seal([draft], at: times).first { $0.draft.kind == .interim } ?? records[records.count - 1]
    }

    @discardableResult
    package mutating func traffic(_ at: String, _ change: (inout Traffic) -> Void) -> UsageRecord {
        var traffic = Traffic()
        change(&traffic)
        return self.traffic(traffic, at: times(at, seconds: traffic.seconds))
    }

    /// A correction of a record by these deltas.
    @discardableResult
    package mutating func adjust(
        _ target: UsageRecord, at: String, up: Int64 = 0, down: Int64 = 0, messages: Int64 = 0, id: String
    ) -> UsageRecord {
        var draft = UsageDraft(.adjust, times: times(at))
        draft.volume = UsageVolume(source: .interface)
        draft.volume?.deltaUp = up
        draft.volume?.deltaDown = down
        draft.correction = UsageCorrection(
            epoch: target.epoch, sequence: target.sequence, reason: "counted twice", id: id, messages: messages)
        return seal([draft], at: times(at)).first { $0.draft.kind == .adjust } ?? records[records.count - 1]
    }

    package mutating func gap(_ at: String, seconds: Int64) {
        seal([UsageDraft(.gap, times: times(at, seconds: seconds))], at: times(at, seconds: seconds))
    }

    package mutating func checkpoint(at: String, next: SigningKey? = nil) {
        records.append(sealer.checkpoint(at: times(at), next: next))
    }
}

extension UsageRecord {
    /// With something changed and hashed again, as a forger without the key would.
    package func forged(_ change: (inout UsageRecord) -> Void) -> UsageRecord {
        var other = self
        change(&other)
        other.hash = other.computedHash
        return other
    }

    package var line: String { String(decoding: bytes, as: UTF8.self) }
}
