import ArgumentParser
import FieldModel
import JSONText
import UsageWire

/// How records are written to files.
enum UsageFormat: String, ExpressibleByArgument, CaseIterable {
    case jsonl, csv, cdr

    var ending: String {
        switch self {
        case .jsonl: "jsonl"
        case .csv: "csv"
        case .cdr: "cdr.csv"
        }
    }

    /// Charging data are only of what was used.
    func takes(_ record: UsageRecord) -> Bool { self != .cdr || record.draft.kind.hasVolume }

    var header: String? {
        switch self {
        case .jsonl: nil
        case .csv: Self.members.joined(separator: ",")
        case .cdr: UsageChargingData.columns.joined(separator: ",")
        }
    }

    func line(_ record: UsageRecord, _ bytes: [UInt8], isFull: Bool) -> [UInt8] {
        let shown = isFull ? record : UsageWords.masked(record)
        switch self {
        case .jsonl: return isFull ? bytes : shown.bytes
        case .csv: return Array(Self.row(shown).utf8)
        case .cdr: return Array(UsageChargingData.row(shown).map(Self.quoted).joined(separator: ",").utf8)
        }
    }

    /// Every member of `fg.ur/1`, in the order of its table.
    static let members = [
        "gw", "epoch", "seq", "type", "boot_id", "ct_start_ns", "ct_id", "tuple_h", "part", "class", "rg", "proto",
        "dst_rule", "app", "iccid", "imei", "plmn", "tac", "cell", "rat", "snssai", "dnn", "pdu", "path", "up", "dn",
        "d_up", "d_dn", "up_pkts", "dn_pkts", "corr_up", "src", "estimated", "msgs", "msg_bytes", "retries", "t_open",
        "t_close", "t_first", "t_last", "mono_us", "clock", "cause", "ref_epoch", "ref_seq", "reason", "adj_id",
        "d_msgs", "notes", "nonce", "last", "from", "to", "head", "sum_up", "sum_dn", "next_key", "kid", "sig", "prev",
        "h",
    ]

    private static func row(_ record: UsageRecord) -> String {
        let text = String(decoding: record.bytes, as: UTF8.self)
        guard let value = try? JSONReader.read(text) else { return "" }
        return members.map { quoted(Self.text(of: value[$0])) }.joined(separator: ",")
    }

    private static func text(of value: JSONValue?) -> String {
        switch value {
        case nil, .null?: ""
        case .string(let text)?: text
        case let value?: CanonicalJSON.bytes(of: value).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }

    /// RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe.
    static func quoted(_ text: String) -> String {
        let isFormula = text.first.map { "=+@\t\r".contains($0) || ($0 == "-" && Int64(text) == nil) } ?? false
        let text = isFormula ? "'" + text : text
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

/// Records as charging data: the names of 3GPP TS 32.255 and TS 32.298 (PDU session charging).
enum UsageChargingData {
    static let columns = [
        "recordType", "recordingNetworkFunctionID", "recordSequenceNumber", "localRecordSequenceNumber", "chargingID",
        "subscriberIdentifier", "subscriberEquipmentNumber", "pDUSessionId", "dnnId", "sNSSAI", "rATType",
        "servingPLMN", "userLocationInformation", "ratingGroup", "localSequenceNumber", "recordOpeningTime", "duration",
        "timeOfFirstUsage", "timeOfLastUsage", "uplinkVolume", "downlinkVolume", "totalVolume", "serviceSpecificUnits",
        "causeForRecClosing",
    ]

    static func row(_ record: UsageRecord) -> [String] {
        let (draft, times) = (record.draft, record.draft.times)
        let subscription = draft.subscription
        let volume = draft.volume ?? UsageVolume(source: .interface)
        let location = [subscription.trackingArea, subscription.cell].compactMap(\.self).joined(separator: "-")
        let duration = (times.close.microseconds - times.open.microseconds + 500_000) / 1_000_000
        return [
            draft.kind == .adjust ? "adjustment" : "chargingFunctionRecord", record.gateway,
            "\(record.sequence)", "\(record.epoch)-\(record.sequence)",
            draft.connection.map { "\($0.tuple)-\($0.start)-\($0.id)" } ?? draft.kind.rawValue,
            subscription.iccid ?? "", subscription.imei ?? "", subscription.session.map(String.init) ?? "",
            subscription.dataNetwork ?? "", subscription.slice ?? "", subscription.rat ?? "", subscription.plmn ?? "",
            location, draft.ratingGroup ?? "", draft.connection.map { "\($0.part)" } ?? "",
            times.open.iso8601, "\(max(0, duration))", times.first?.iso8601 ?? "", times.last?.iso8601 ?? "",
            "\(volume.deltaUp)", "\(volume.deltaDown)", "\(volume.deltaUp + volume.deltaDown)",
            draft.messages.map(String.init) ?? "", draft.cause.map(cause) ?? "",
        ]
    }

    private static func cause(_ cause: UsageCause) -> String {
        switch cause {
        case .normal, .idle, .pduRelease: "normalRelease"
        case .volume: "volumeLimit"
        case .time, .period: "timeLimit"
        case .tariff: "tariffTimeChange"
        case .ratChange: "rATChange"
        case .mgmt: "managementIntervention"
        case .abnormal, .wanDown, .powerLoss: "abnormalRelease"
        }
    }
}

extension UsageDraft {
    /// That are billed by it: counted, or added and taken back by an adjustment. Nil where none are spoken of.
    var messages: Int64? {
        if let correction, correction.messages != 0 { return correction.messages }
        return units.map { Int64(clamping: $0.messages) }
    }
}
