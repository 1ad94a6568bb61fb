import FieldGateTesting
import FieldModel
import Signing
import UsageWire

/// Drafts as a meter makes them, the same for the same seed.
struct SampleUsage {
    static let gateway = "loader-0001"
    static let boot = "0f9b7a52-6a1c-4f8e-9d0b-2f1f4f1f9c11"
    static let noon = Timestamp(microseconds: 1_795_161_600_000_000)

    private var random: SeededRandom
    private(set) var now: UsageTimes
    private var flows: [UsageConnection] = []
    private var volumes: [UsageVolume] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        now = Self.times(seconds: 0)
    }

    static func times(seconds: Int64, length: Int64 = 1, clock: Timestamp.ClockQuality = .synced) -> UsageTimes {
        UsageTimes(
            open: Timestamp(microseconds: noon.microseconds + (seconds - length) * 1_000_000),
            close: Timestamp(microseconds: noon.microseconds + seconds * 1_000_000),
            monotonic: 3_600_000_000 + seconds * 1_000_000, clock: clock)
    }

    static func connection(_ id: UInt32, part: UInt32 = 1) -> UsageConnection {
        UsageConnection(
            boot: boot, start: 1_795_161_000_123_456_789 + UInt64(id), id: id,
            tuple: Hex.text(Hex.bigEndian(UInt64(id) &* 0x9E37_79B9_7F4A_7C15) + Hex.bigEndian(UInt64(id))),
            part: part, transport: 6, destination: "broker", application: "mqtt")
    }

    static func volume(_ up: UInt64, _ down: UInt64, by delta: Int64 = 100) -> UsageVolume {
        var volume = UsageVolume(source: .connectionTrackingCorrected)
        (volume.up, volume.down, volume.deltaUp, volume.deltaDown) = (up, down, delta, delta)
        (volume.upPackets, volume.downPackets, volume.correctionUp) = (up / 1000 + 1, down / 1000 + 1, 52)
        return volume
    }

    static func interim(_ id: UInt32, part: UInt32, up: UInt64, at seconds: Int64) -> UsageDraft {
        var draft = UsageDraft(.interim, times: times(seconds: seconds, length: 900))
        draft.connection = connection(id, part: part)
        draft.volume = volume(up, up)
        return draft
    }

    /// Every member that such a record may have.
    mutating func full() -> UsageDraft {
        now = Self.times(
            seconds: (now.monotonic - 3_600_000_000) / 1_000_000 + Int64.random(in: 1...60, using: &random))
        let place = flows.isEmpty || random.unit() < 0.2 ? begin() : Int.random(in: flows.indices, using: &random)
        flows[place].part += 1
        advance(place)
        var draft = UsageDraft(random.unit() < 0.1 ? .stop : .interim, times: now)
        (draft.times.first, draft.times.last) = (now.open, now.close)
        draft.connection = flows[place]
        draft.volume = volumes[place]
        draft.trafficClass = 0x20
        draft.ratingGroup = "telemetry@3"
        draft.units = UsageUnits(messages: 412, messageBytes: 93_211, retries: 2)
        draft.cause = .time
        draft.subscription = Self.subscription
        return draft
    }

    static var subscription: UsageSubscription {
        var subscription = UsageSubscription()
        (subscription.path, subscription.iccid, subscription.imei) = ("5g-a", "89860012345678901234", "867890123456789")
        (subscription.plmn, subscription.trackingArea, subscription.cell) = ("46000", "1a2b3c", "0123456789")
        (subscription.rat, subscription.slice, subscription.dataNetwork) = ("nr-sa", "01-000001", "machines.example")
        subscription.session = 17
        return subscription
    }

    private mutating func begin() -> Int {
        flows.append(Self.connection(UInt32(flows.count + 1) &* 7919, part: 0))
        volumes.append(UsageVolume(source: .connectionTrackingCorrected))
        return flows.count - 1
    }

    private mutating func advance(_ place: Int) {
        let (up, down) = (
            Int64.random(in: 0...10_000_000, using: &random), Int64.random(in: 0...900_000, using: &random)
        )
        volumes[place].up += UInt64(up)
        volumes[place].down += UInt64(down)
        volumes[place].upPackets += UInt64(up / 1400 + 1)
        volumes[place].downPackets += UInt64(down / 1400 + 1)
        (volumes[place].deltaUp, volumes[place].deltaDown) = (up, down)
        volumes[place].correctionUp = up / 30
    }

    /// One of every kind but checkpoint.
    mutating func anything() -> UsageDraft {
        let kind = UsageKind.allCases.filter { $0 != .checkpoint }.randomElement(using: &random) ?? .interim
        switch kind {
        case .interim, .stop: return full()
        case .start:
            var draft = UsageDraft(.start, times: now)
            draft.connection = Self.connection(UInt32.random(in: 1...UInt32.max, using: &random))
            return draft
        case .adjust:
            var draft = UsageDraft(.adjust, times: now)
            var volume = UsageVolume(source: .shaper)
            volume.deltaUp = Int64.random(in: -1_000_000...1_000_000, using: &random)
            draft.volume = volume
            draft.correction = UsageCorrection(epoch: 1, sequence: 7, reason: "drops of the shaper", id: "a-1")
            return draft
        case .unattributed:
            var draft = UsageDraft(.unattributed, times: now)
            draft.trafficClass = UInt16.random(in: 0...UInt16.max, using: &random)
            draft.volume = Self.volume(1 << 40, 1 << 40)
            draft.notes = [UsageNote("arp", "420"), UsageNote("ICMP „Fehler“ \u{1F600}", "1\n\t\"\\\u{1}")]
            return draft
        default:
            var draft = UsageDraft(kind, times: now)
            draft.notes = [UsageNote("z", "last"), UsageNote("a", "first")]
            return draft
        }
    }
}

extension UsageSealer {
    static func sample(epoch: UInt32 = 1, after last: String? = nil, key: SigningKey = SigningKey()) -> UsageSealer {
        UsageSealer(gateway: SampleUsage.gateway, epoch: epoch, boot: SampleUsage.boot, after: last, key: key)
    }
}

/// A chain of `count` records of all kinds and a checkpoint behind them.
func sampleChain(_ count: Int, seed: UInt64 = 1, key: SigningKey = SigningKey()) -> [UsageRecord] {
    var sealer = UsageSealer.sample(key: key)
    var usage = SampleUsage(seed: seed)
    let records = (0..<count).flatMap { _ in sealer.seal([usage.anything()], at: usage.now) }
    return records + [sealer.checkpoint(at: usage.now)]
}

/// One record a line.
func lines(_ texts: [[UInt8]]) -> [UInt8] { Array(texts.joined(separator: [10])) + [10] }

func verdict(_ records: [UsageRecord], key: SigningKey? = nil) -> UsageVerdict {
    verdict(records, keys: key.map { UsageKeyRing([$0.verifying]) })
}

func verdict(_ records: [UsageRecord], keys: UsageKeyRing?) -> UsageVerdict {
    var verifier = UsageChainVerifier(keys: keys)
    for (index, record) in records.enumerated() { verifier.take(record.bytes, place: "line \(index + 1)") }
    return verifier.verdict
}

extension UsageVerdict {
    var kinds: [UsageFinding.Kind] { findings.map(\.kind) }
    var words: [String] { findings.map(\.description) }
}
