import BillStore
import Billing
import FieldModel

/// What a rating rests on, for the foot of an invoice: ranges of records, chain heads, gaps, cards.
struct Evidence {
    private struct Key: Hashable {
        var gateway: String
        var epoch: UInt32
    }

    private struct Range {
        var first: UInt64
        var last: UInt64
        var records: Int64
        var gaps: Int64
    }

    private var gateways: Set<String> = []
    private var ranges: [Key: Range] = [:]
    private var cards: Set<Int64> = []
    private var assigned: Set<String> = []
    private(set) var basis: [InvoiceDocument.Basis] = []
    /// Masked.
    private(set) var identities: [String] = []
    /// Records that are here and are not counted.
    private(set) var warnings: [String] = []

    mutating func count(_ gateway: String) { gateways.insert(gateway) }

    mutating func count(_ entry: BookedUsage, of gateway: String) {
        if let card = entry.card, !cards.contains(card) { cards.insert(card) }
        let key = Key(gateway: gateway, epoch: entry.epoch)
        guard var range = ranges[key] else {
            ranges[key] = Range(first: entry.sequence, last: entry.sequence, records: 1, gaps: 0)
            return
        }
        range.first = min(range.first, entry.sequence)
        range.last = max(range.last, entry.sequence)
        range.records += 1
        ranges[key] = range
    }

    mutating func count(_ gap: UsageGap, of gateway: String) {
        ranges[Key(gateway: gateway, epoch: gap.epoch), default: Range(first: .max, last: 0, records: 0, gaps: 0)]
            .gaps += 1
    }

    /// The cards that were to be used, whether they were or not.
    mutating func assigned(to machine: String, in book: AssignmentBook, _ dates: DateRange) {
        for line in book.items(machine, .sim) {
            for span in book.spans(machine, .sim, item: line) where dates.intersection(span.from, span.to) != nil {
                assigned.insert(span.value)
            }
        }
    }

    /// Adds where the chains stand.
    mutating func look(
        at ledger: any BillingLedger, _ words: [Int64: String], from start: Timestamp
    ) throws(StoreFault) {
        for gateway in gateways.sorted() {
            for chain in try ledger.chains(of: gateway) {
                if let warning = Self.warning(chain) { warnings.append(warning) }
                let notHeld = try Self.notHeld(chain, ledger, from: start)
                let found = ranges[Key(gateway: gateway, epoch: chain.epoch)]
                guard let range = found ?? (notHeld > 0 ? Range(first: .max, last: 0, records: 0, gaps: 0) : nil) else {
                    continue
                }
                basis.append(
                    InvoiceDocument.Basis(
                        gateway: gateway, epoch: Int64(chain.epoch), first: range.records == 0 ? 0 : Int64(range.first),
                        last: Int64(range.last), records: range.records, head: Int64(chain.head.sequence),
                        hash: chain.head.hash, gaps: range.gaps, held: chain.held, notHeld: notHeld))
            }
        }
        let cards = Set(cards.compactMap { words[$0] }).union(assigned)
        identities = cards.sorted().map { "ICCID \(Masking.text($0))" }
    }

    private static func warning(_ chain: ChainState) -> String? {
        guard chain.held > 0 || chain.head.stop != nil else { return nil }
        let waiting = chain.held > 0 ? " and \(chain.held) \(chain.held == 1 ? "waits" : "wait") behind it" : ""
        return "gateway \(chain.gateway), epoch \(chain.epoch): record \(chain.head.sequence + 1) is missing or refused"
            + "\(waiting): nothing from there on is counted; see 'fieldbill status', take the records in, and correct "
            + "what was invoiced with 'fieldbill credit'"
    }

    /// Of a chain that was taken over: the last record that is not held, where such records may lie in the period.
    private static func notHeld(
        _ chain: ChainState, _ ledger: any BillingLedger, from start: Timestamp
    ) throws(StoreFault) -> Int64 {
        guard chain.head.begins > 0 else { return 0 }
        let first = try ledger.firstHeld(of: chain.gateway, epoch: chain.epoch)
        return first.map { $0 >= start } ?? true ? Int64(chain.head.begins) : 0
    }
}
