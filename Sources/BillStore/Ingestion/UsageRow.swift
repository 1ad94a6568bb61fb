import FieldModel
import UsageWire

/// What rating needs of one record, as the table `usage` has it.
struct UsageRow {
    private let record: UsageRecord
    private let gateway: Int64
    var time: RecordTime
    let boot: Int64?
    private var trafficClass: Int64?
    private var group: Int64?
    private var path: Int64?
    private var card: Int64?
    var connection: Int64?
    var part: Int64?
    var isCounted: Bool
    /// Of a correction: the same on every try.
    var correction: String?

    init(_ record: UsageRecord, gateway: Int64, _ words: inout StoredWords) throws(StoreFault) {
        self.record = record
        self.gateway = gateway
        time = RecordTime(at: record.draft.times.open)
        boot = try words.number(of: record.boot)
        trafficClass = record.draft.trafficClass.map(Int64.init)
        group = try words.number(of: record.draft.ratingGroup)
        path = try words.number(of: record.draft.subscription.path)
        card = try words.number(of: record.draft.subscription.iccid)
        isCounted = record.draft.kind.hasVolume || record.draft.units != nil
    }

    mutating func inherit(_ target: PendingRecords.Target) {
        time = RecordTime(at: target.at, doubt: target.doubt)
        trafficClass = target.trafficClass ?? trafficClass
        group = target.group ?? group
        path = target.path ?? path
        card = target.card ?? card
        // The part is left out: it is the target's, and counted there.
        connection = target.connection
    }

    var values: [SQLValue] {
        let draft = record.draft
        return [
            .integer(gateway), .whole(record.epoch), .whole(record.sequence), .text(draft.kind.rawValue),
            .integer(time.at.microseconds), .integer(draft.times.open.microseconds),
            .integer(draft.times.close.microseconds), .integer(draft.times.monotonic),
            .whole(draft.times.clock.rawValue), .optional(time.doubt?.rawValue), .optional(trafficClass),
            .optional(group), .optional(path), .optional(card), .optional(boot), .optional(connection), .optional(part),
            .integer(draft.volume?.deltaUp ?? 0), .integer(draft.volume?.deltaDown ?? 0),
            .integer(Int64(clamping: draft.units?.messages ?? 0) + (draft.correction?.messages ?? 0)),
            .integer(draft.volume?.isEstimated == true ? 1 : 0),
            .integer(isCounted ? 1 : 0), .optional(correction),
        ]
    }
}
