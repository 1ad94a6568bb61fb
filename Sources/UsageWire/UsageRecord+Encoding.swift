import FieldModel
import JSONText
import Signing

extension UsageRecord {
    /// The record in canonical JSON: the bytes that are stored, sent and exported.
    package var bytes: [UInt8] { CanonicalJSON.bytes(of: members(.whole)) ?? [] }

    /// What `h` has to be.
    package var computedHash: String { UsageLabel.record.digest(CanonicalJSON.bytes(of: members(.hashed)) ?? []) }

    /// What a checkpoint's signature is made over.
    package var signedMessage: [UInt8] {
        UsageLabel.checkpoint.message(CanonicalJSON.bytes(of: members(.signed)) ?? [])
    }

    /// What the first record's `prev` has to be.
    package static func genesisHash(_ genesis: UsageGenesis, gateway: String, epoch: UInt32) -> String {
        var list = MemberList(gateway, epoch)
        list.text("nonce", genesis.nonce)
        list.add("last", genesis.last.map { .string($0) } ?? .null)
        return UsageLabel.genesis.digest(CanonicalJSON.bytes(of: list.members) ?? [])
    }

    enum Extent {
        /// With everything; without `h`; without `h` and `sig`.
        case whole, hashed, signed
    }

    /// In no order: the canonical form brings its own.
    func members(_ extent: Extent) -> [JSONValue.Member] {
        var list = MemberList(gateway, epoch)
        list.count("seq", sequence)
        list.text("type", draft.kind.rawValue)
        list.text("boot_id", boot)
        list.add(draft.connection)
        list.add(draft)
        list.add(draft.subscription)
        if let volume = draft.volume { list.add(volume, isCumulative: draft.kind != .adjust) }
        list.add(draft.units)
        list.add(draft.times)
        list.add(draft.correction)
        if let genesis {
            list.text("nonce", genesis.nonce)
            list.add("last", genesis.last.map { .string($0) } ?? .null)
        }
        if let checkpoint { list.add(checkpoint, isSigned: extent != .signed) }
        list.text("prev", previous)
        if extent == .whole { list.text("h", hash) }
        return list.members
    }
}

/// Collects members; what is nil is left out.
struct MemberList {
    private(set) var members: [JSONValue.Member] = []

    /// What all documents of a chain begin with.
    init(_ gateway: String, _ epoch: UInt32) {
        members.reserveCapacity(48)
        text("gw", gateway)
        integer("epoch", Int64(epoch))
    }

    mutating func add(_ name: String, _ value: JSONValue) {
        members.append(JSONValue.Member(name: name, value: value))
    }

    mutating func text(_ name: String, _ value: String?) {
        if let value { add(name, .string(value)) }
    }

    mutating func integer(_ name: String, _ value: Int64?) {
        if let value { add(name, .number(DecimalNumber(mantissa: value))) }
    }

    mutating func count(_ name: String, _ value: UInt64?) {
        if let value { integer(name, Int64(clamping: value)) }
    }
}

extension MemberList {
    fileprivate mutating func add(_ connection: UsageConnection?) {
        guard let connection else { return }
        text("ct_start_ns", String(connection.start))
        text("ct_id", String(connection.id))
        text("tuple_h", connection.tuple)
        integer("part", Int64(connection.part))
        integer("proto", Int64(connection.transport))
        text("dst_rule", connection.destination)
        text("app", connection.application)
    }

    fileprivate mutating func add(_ draft: UsageDraft) {
        integer("class", draft.trafficClass.map(Int64.init))
        text("rg", draft.ratingGroup)
        text("cause", draft.cause?.rawValue)
        guard !draft.notes.isEmpty else { return }
        add("notes", .object(draft.notes.map { JSONValue.Member(name: $0.name, value: .string($0.value)) }))
    }

    fileprivate mutating func add(_ subscription: UsageSubscription) {
        text("path", subscription.path)
        text("iccid", subscription.iccid)
        text("imei", subscription.imei)
        text("plmn", subscription.plmn)
        text("tac", subscription.trackingArea)
        text("cell", subscription.cell)
        text("rat", subscription.rat)
        text("snssai", subscription.slice)
        text("dnn", subscription.dataNetwork)
        integer("pdu", subscription.session.map(Int64.init))
    }

    fileprivate mutating func add(_ volume: UsageVolume, isCumulative: Bool) {
        if isCumulative {
            count("up", volume.up)
            count("dn", volume.down)
            count("up_pkts", volume.upPackets)
            count("dn_pkts", volume.downPackets)
        }
        integer("d_up", volume.deltaUp)
        integer("d_dn", volume.deltaDown)
        integer("corr_up", volume.correctionUp)
        text("src", volume.source.rawValue)
        add("estimated", .bool(volume.isEstimated))
    }

    fileprivate mutating func add(_ units: UsageUnits?) {
        count("msgs", units?.messages)
        count("msg_bytes", units?.messageBytes)
        count("retries", units?.retries)
    }

    fileprivate mutating func add(_ times: UsageTimes) {
        integer("t_open", times.open.microseconds)
        integer("t_close", times.close.microseconds)
        integer("t_first", times.first?.microseconds)
        integer("t_last", times.last?.microseconds)
        integer("mono_us", times.monotonic)
        text("clock", times.clock.name)
    }

    fileprivate mutating func add(_ correction: UsageCorrection?) {
        guard let correction else { return }
        integer("ref_epoch", Int64(correction.epoch))
        count("ref_seq", correction.sequence)
        text("reason", correction.reason)
        text("adj_id", correction.id)
        integer("d_msgs", correction.messages == 0 ? nil : correction.messages)
    }

    fileprivate mutating func add(_ checkpoint: UsageCheckpoint, isSigned: Bool) {
        count("from", checkpoint.from)
        count("to", checkpoint.through)
        text("head", checkpoint.head)
        text("sum_up", String(checkpoint.sumUp))
        text("sum_dn", String(checkpoint.sumDown))
        text("next_key", checkpoint.nextKey)
        text("kid", checkpoint.keyID)
        if isSigned { text("sig", checkpoint.signature) }
    }
}
