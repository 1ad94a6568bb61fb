import FieldModel
import JSONText
import Metering
import Platform

/// What metering keeps beside the ledger, in a small file: which network namespace it counted in, and how much of the
/// quota is used up to which record. Without it both are found again, with more work.
struct MeterState: Hashable {
    var namespace: String?
    var period: Range<Timestamp>?
    var used: UInt64 = 0
    var epoch: UInt32 = 0
    var sequence: UInt64 = 0

    init() {}

    /// Nothing where there is no file, or none that can be read.
    init(path: String) {
        guard let text = FileText.read(path), let json = try? JSONReader.read(text), json.text("schema") == "fg.meter/1"
        else { return }
        namespace = json.text("namespace").isEmpty ? nil : json.text("namespace")
        let (start, end) = (json.integer("period_start"), json.integer("period_end"))
        let numbers = ["used", "epoch", "seq"].map { json.integer($0) }
        guard start < end, numbers.allSatisfy({ $0 >= 0 }) else { return }
        period = Timestamp(microseconds: start)..<Timestamp(microseconds: end)
        (used, epoch, sequence) = (UInt64(numbers[0]), UInt32(clamping: numbers[1]), UInt64(numbers[2]))
    }

    init(namespace: String, _ budget: Budget) {
        self.namespace = namespace
        (period, used, epoch, sequence) = (budget.period, budget.used, budget.epoch, budget.sequence)
    }

    var text: String {
        var json = JSONWriter()
        json.raw("{\"schema\":\"fg.meter/1\"")
        if let namespace { json.member("namespace", .text(namespace)) }
        if let period {
            json.member("period_start", .integer(period.lowerBound.microseconds))
            json.member("period_end", .integer(period.upperBound.microseconds))
            json.member("used", .integer(Int64(clamping: used)))
            json.member("epoch", .integer(Int64(epoch)))
            json.member("seq", .integer(Int64(clamping: sequence)))
        }
        json.raw("}\n")
        return json.text
    }
}
