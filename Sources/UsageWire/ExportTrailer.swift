import FieldModel
import JSONText

/// The last line of an export: what the records before it come to.
package struct ExportTrailer: Hashable, Sendable {
    package var records: Int64 = 0
    /// Billable bytes.
    package var sumUp: Int64 = 0
    package var sumDown: Int64 = 0
    package var epoch: UInt32 = 0
    package var first: UInt64 = 0
    package var last: UInt64 = 0
    package var lastHash = ""

    package init() {}

    package mutating func add(_ record: UsageRecord) {
        if records == 0 { (epoch, first) = (record.epoch, record.sequence) }
        records += 1
        sumUp += record.draft.volume?.deltaUp ?? 0
        sumDown += record.draft.volume?.deltaDown ?? 0
        (last, lastHash) = (record.sequence, record.hash)
    }

    /// As JSON lines have it.
    package var line: String {
        "{\"trailer\":{\"epoch\":\(epoch),\"first\":\(first),\"h\":\"\(lastHash)\",\"last\":\(last),"
            + "\"records\":\(records),\"sum_dn\":\"\(sumDown)\",\"sum_up\":\"\(sumUp)\"}}"
    }

    /// Nil for any other line; figures that are missing or no figures fit no records.
    package init?(_ line: [UInt8]) {
        guard line.starts(with: Self.beginning) else { return nil }
        let value = try? line.withUnsafeBufferPointer { text throws(JSONFault) in try JSONReader.read(text) }
        guard let totals = value?["trailer"], let up = Int64(totals.text("sum_up")),
            let down = Int64(totals.text("sum_dn"))
        else {
            records = -1
            return
        }
        (records, sumUp, sumDown) = (totals.integer("records"), up, down)
        (epoch, first) = (UInt32(clamping: totals.integer("epoch")), UInt64(clamping: totals.integer("first")))
        (last, lastHash) = (UInt64(clamping: totals.integer("last")), totals.text("h"))
    }

    private static let beginning = Array("{\"trailer\":".utf8)
}
