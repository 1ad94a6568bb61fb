import FieldModel
import JSONText

extension UsageRecord {
    /// No record is longer.
    package static let longest = 8192

    /// Reads a record as `init` does, and says whether its content gives the hash it carries, worked out from the bytes
    /// as they came.
    package static func read(_ bytes: [UInt8]) throws(UsageFault) -> (record: UsageRecord, isIntact: Bool) {
        let record = try UsageRecord(bytes)
        return (record, UsageLabel.record.digest(withoutHash: bytes) == record.hash)
    }

    /// Reads a record as it is stored, sent and exported. Its text has one form only: with a blank too many it is no
    /// record. Whether its hash is right is another question: `read`, `computedHash`.
    package init(_ bytes: [UInt8]) throws(UsageFault) {
        guard bytes.count <= Self.longest else {
            throw UsageFault(faults: ["\(bytes.count) bytes: a record has at most \(Self.longest)"])
        }
        if let members = CanonicalReader.members(of: bytes) {
            try self.init(members)
            return
        }
        let value: JSONValue
        do throws(JSONFault) {
            value = try bytes.withUnsafeBufferPointer { text throws(JSONFault) in try JSONReader.read(text) }
        } catch {
            throw UsageFault(faults: ["no JSON: \(error.text)"])
        }
        try self.init(value)
        guard CanonicalJSON.bytes(of: value) == bytes else {
            throw UsageFault(faults: ["the text is not canonical (RFC 8785): order, blanks or spelling are others"])
        }
    }

    /// Reads a record that has been read as JSON already.
    package init(_ value: JSONValue) throws(UsageFault) {
        guard case .object(let members) = value else { throw UsageFault(faults: ["no JSON object"]) }
        try self.init(members)
    }

    private init(_ members: [JSONValue.Member]) throws(UsageFault) {
        var reader = MemberReader(members)
        guard let kind = reader.word("type", UsageKind.self) else {
            throw UsageFault(faults: [reader.faults.first ?? "'type' is missing"])
        }
        (gateway, epoch) = reader.chain()
        sequence = reader.need("seq", reader.count("seq"), else: 0)
        draft = UsageDraft(kind, times: reader.times())
        let boot = reader.need("boot_id", reader.text("boot_id"), else: "")
        draft.connection = reader.connection(boot)
        if draft.connection == nil { draft.boot = boot }
        draft.trafficClass = reader.count("class", atMost: Int64(UInt16.max)).map { UInt16(clamping: $0) }
        draft.ratingGroup = reader.text("rg")
        draft.subscription = reader.subscription()
        if kind.hasVolume { draft.volume = reader.volume(isCumulative: kind != .adjust) }
        draft.units = reader.units()
        draft.cause = reader.word("cause", UsageCause.self)
        if kind == .adjust { draft.correction = reader.correction() }
        draft.notes = reader.notes()
        genesis = reader.genesis(of: kind, sequence)
        checkpoint = kind == .checkpoint ? reader.checkpoint() : nil
        previous = reader.need("prev", reader.hex("prev", bytes: 32), else: "")
        hash = reader.need("h", reader.hex("h", bytes: 32), else: "")
        reader.finish("a record of type '\(kind.rawValue)'")
        let faults = reader.faults.isEmpty ? draft.problems : reader.faults
        guard faults.isEmpty else { throw UsageFault(faults: faults) }
    }
}

extension MemberReader {
    fileprivate mutating func times() -> UsageTimes {
        func stamp(_ microseconds: Int64?) -> Timestamp? { microseconds.map { Timestamp(microseconds: $0) } }
        var times = UsageTimes(
            open: Timestamp(microseconds: need("t_open", signed("t_open"), else: 0)),
            close: Timestamp(microseconds: need("t_close", signed("t_close"), else: 0)),
            monotonic: need("mono_us", signed("mono_us"), else: 0), clock: .unsynced)
        times.first = stamp(signed("t_first"))
        times.last = stamp(signed("t_last"))
        let clock = read("clock", "one of synced, holdover, unsynced") { value -> Timestamp.ClockQuality? in
            guard case .string(let text) = value else { return nil }
            return Timestamp.ClockQuality.allCases.first { $0.name == text }
        }
        times.clock = need("clock", clock, else: .unsynced)
        return times
    }

    /// All of it, or nothing.
    fileprivate mutating func connection(_ boot: String) -> UsageConnection? {
        let names = ["ct_start_ns", "ct_id", "tuple_h", "part", "proto"]
        guard names.contains(where: has) || has("app") || has("dst_rule") else { return nil }
        return UsageConnection(
            boot: boot, start: need("ct_start_ns", digits("ct_start_ns", UInt64.self), else: 0),
            id: need("ct_id", digits("ct_id", UInt32.self), else: 0),
            tuple: need("tuple_h", hex("tuple_h", bytes: 16), else: ""),
            part: UInt32(clamping: need("part", count("part", atMost: Int64(UInt32.max)), else: 0)),
            transport: UInt8(clamping: need("proto", count("proto", atMost: 255), else: 0)),
            destination: text("dst_rule"), application: text("app"))
    }

    fileprivate mutating func subscription() -> UsageSubscription {
        var subscription = UsageSubscription()
        subscription.path = text("path")
        subscription.iccid = text("iccid")
        subscription.imei = text("imei")
        subscription.plmn = text("plmn")
        subscription.trackingArea = text("tac")
        subscription.cell = text("cell")
        subscription.rat = text("rat")
        subscription.slice = text("snssai")
        subscription.dataNetwork = text("dnn")
        subscription.session = count("pdu", atMost: Int64(UInt32.max)).map { UInt32(clamping: $0) }
        return subscription
    }

    fileprivate mutating func volume(isCumulative: Bool) -> UsageVolume {
        var volume = UsageVolume(source: need("src", word("src", UsageSource.self), else: .connectionTracking))
        if isCumulative {
            volume.up = need("up", count("up"), else: 0)
            volume.down = need("dn", count("dn"), else: 0)
            volume.upPackets = need("up_pkts", count("up_pkts"), else: 0)
            volume.downPackets = need("dn_pkts", count("dn_pkts"), else: 0)
        }
        volume.deltaUp = need("d_up", signed("d_up"), else: 0)
        volume.deltaDown = need("d_dn", signed("d_dn"), else: 0)
        volume.correctionUp = need("corr_up", signed("corr_up"), else: 0)
        volume.isEstimated = need("estimated", bool("estimated"), else: false)
        return volume
    }

    /// All three, or none.
    fileprivate mutating func units() -> UsageUnits? {
        guard has("msgs") || has("msg_bytes") || has("retries") else { return nil }
        return UsageUnits(
            messages: need("msgs", count("msgs"), else: 0),
            messageBytes: need("msg_bytes", count("msg_bytes"), else: 0),
            retries: need("retries", count("retries"), else: 0))
    }

    fileprivate mutating func correction() -> UsageCorrection {
        UsageCorrection(
            epoch: UInt32(clamping: need("ref_epoch", count("ref_epoch", atMost: Int64(UInt32.max)), else: 0)),
            sequence: need("ref_seq", count("ref_seq"), else: 0),
            reason: need("reason", text("reason"), else: ""), id: need("adj_id", text("adj_id"), else: ""),
            messages: read("d_msgs", "an integer of at most 2^53-1 other than 0") {
                $0.integer.flatMap { $0 == 0 ? nil : $0 }
            } ?? 0)
    }

    fileprivate mutating func notes() -> [UsageNote] {
        let notes = read("notes", "an object of texts") { value -> [UsageNote]? in
            // Where there are none, they are left out.
            guard case .object(let members) = value, !members.isEmpty else { return nil }
            var notes: [UsageNote] = []
            for member in members {
                guard case .string(let text) = member.value else { return nil }
                notes.append(UsageNote(member.name, text))
            }
            return notes
        }
        return notes ?? []
    }

    fileprivate mutating func genesis(of kind: UsageKind, _ sequence: UInt64) -> UsageGenesis? {
        guard kind == .boot, sequence == 1 else { return nil }
        let nonce = need("nonce", hex("nonce", bytes: 16), else: "")
        guard isNull("last") else {
            return UsageGenesis(nonce: nonce, last: need("last", hex("last", bytes: 32), else: ""))
        }
        return UsageGenesis(nonce: nonce, last: nil)
    }

    fileprivate mutating func checkpoint() -> UsageCheckpoint {
        UsageCheckpoint(
            from: need("from", count("from"), else: 0), through: need("to", count("to"), else: 0),
            head: need("head", hex("head", bytes: 32), else: ""),
            sumUp: need("sum_up", digits("sum_up", Int64.self), else: 0),
            sumDown: need("sum_dn", digits("sum_dn", Int64.self), else: 0),
            nextKey: hex("next_key", bytes: 32), keyID: need("kid", hex("kid", bytes: 8), else: ""),
            signature: need("sig", hex("sig", bytes: 64), else: ""))
    }
}
