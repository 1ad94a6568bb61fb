/// An invoice, or a note that corrects one, as it was issued: everything that is printed, and nothing that has to be looked up again.
/// The store keeps it as text (`fg.invoice/1`); every form is printed from that text.
///
/// Money is whole minor units of `currency`; times are UTC, dates of the period are in its own time zone.
struct InvoiceDocument: Hashable, Sendable {
    enum Kind: String, Sendable {
        case invoice
        /// Notes that correct an invoice: less is owed than it asked for, or more.
        case credit, debit
        /// Rated, and not issued.
        case draft
    }

    var kind: Kind
    /// Empty in a draft.
    var number: String
    /// The invoice that a note corrects.
    var original: String?
    /// Why a note was made, one line each.
    var reasons: [String] = []
    var issued: String
    var seller: Party
    var customer: Party
    var subject: Subject
    var period: Period
    var currency: String
    var minorDigits: Int
    var sections: [Section]
    var taxes: [Tax]
    /// Without and with the taxes that are not in the prices already.
    var net: Int64
    var gross: Int64

    struct Party: Hashable, Sendable {
        var name: String
        var address: String
        var taxID: String
        /// Where to pay; the seller's only.
        var account = ""
    }

    struct Subject: Hashable, Sendable {
        /// `machine` or `fleet`.
        var kind: String
        var id: String
        var name: String
    }

    struct Period: Hashable, Sendable {
        /// The first local day and the last.
        var first: String
        var last: String
        var zone: String
        /// Half open, microseconds of UTC.
        var starts: Int64
        var ends: Int64
    }

    /// What one plan makes of one machine, or of a fleet's lines together.
    struct Section: Hashable, Sendable {
        var subject: String
        var plan: String
        var version: Int
        var planHash: String
        var lines: [Line]
        var pools: [Pool] = []
        /// Masked: what was metered, by which card and gateway.
        var identities: [String] = []
        var basis: [Basis] = []
        /// Samples that fell into gaps of the recording and were left out.
        var excludedSamples = 0
        var estimated = 0
        /// Records without a usable time, which count where they were received.
        var misplaced = 0
        var net: Int64
    }

    struct Line: Hashable, Sendable {
        /// The charge of the plan.
        var charge: String
        /// As the plan has it, or how a contract settles it: `covered`, `purchase`, `down`, `instalment`.
        var kind: String
        var quantity = ""
        var unit = ""
        var price = ""
        var amount: Int64
        /// Of the quantity: what was free, what of that was carried in, and what went beyond.
        var included = ""
        var carried = ""
        var overage = ""
        /// Of an instalment.
        var instalment: Instalment?
        /// In a note: what was invoiced until now, and what is right.
        var before: Int64?
        var after: Int64?
        /// Of the segment, where a period has several.
        var first: String?
        var last: String?
    }

    struct Pool: Hashable, Sendable {
        var id: String
        var shares: [Share]
        var carryIn: String
        var carryOut: String

        struct Share: Hashable, Sendable {
            var member: String
            var amount: Int64
        }
    }

    /// Where a machine's price is paid with the contract: which of how many, and what is left.
    struct Instalment: Hashable, Sendable {
        var number: Int
        var of: Int
        var interest: Int64
        var balance: Int64
    }

    /// The records it rests on: of one gateway's epoch, numbers `first` to `last`, with the chain's head when it was rated.
    struct Basis: Hashable, Sendable {
        var gateway: String
        var epoch: Int64
        var first: Int64
        var last: Int64
        var records: Int64
        var head: Int64
        var hash: String
        /// Recorded gaps in the period, and records that were waiting behind a hole.
        var gaps: Int64
        var held: Int64
        /// Where the chain was taken over, and perhaps within the period: records up to this one are not held. 0 else.
        var notHeld: Int64 = 0
    }

    struct Tax: Hashable, Sendable {
        var rate: String
        var inclusive: Bool
        var base: Int64
        var amount: Int64
    }
}
