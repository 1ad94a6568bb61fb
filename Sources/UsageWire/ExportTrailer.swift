import JSONText

/// The last line of an export as JSON lines: what the records before it come to.
package struct ExportTrailer: Hashable, Sendable {
    package var records: Int64
    /// Billable bytes.
    package var sumUp: String
    package var sumDown: String
    package var lastHash: String

    /// Nil for any other line; figures that are missing or no figures fit no records.
    package init?(_ line: [UInt8]) {
        guard line.starts(with: Array("{\"trailer\":".utf8)) else { return nil }
        let value = try? line.withUnsafeBufferPointer { text throws(JSONFault) in try JSONReader.read(text) }
        let totals = value?["trailer"]
        records = totals.map { $0.integer("records") } ?? -1
        (sumUp, sumDown) = (totals?.text("sum_up") ?? "", totals?.text("sum_dn") ?? "")
        lastHash = totals?.text("h") ?? ""
    }
}
