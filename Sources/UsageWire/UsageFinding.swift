/// Something that is wrong with a chain of records, or worth a look, and where.
package struct UsageFinding: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// The text is no record; its members are named.
        case malformed
        /// The last line ends in the middle.
        case tornTail = "torn tail"
        /// The content does not fit the hash.
        case changed
        /// `prev` is not the hash of the record before.
        case wrongPrevious = "wrong prev"
        /// The same record again; counted once.
        case duplicate
        /// The same number with another content.
        case conflict
        /// It comes later than its number says.
        case reordered
        /// Numbers are missing.
        case gap
        /// The epoch has begun before, with another genesis: nothing of it can be believed.
        case quarantine
        /// The first record is not where or what it must be.
        case genesis
        /// A cumulative figure is smaller than before.
        case decrease
        /// A connection's part is recorded a second time, under another number.
        case countedTwice = "counted twice"
        /// A checkpoint's range or sums are not those of the records.
        case checkpoint
        case signature
        /// An export's last line counts other records than stand before it.
        case trailer
        /// The record is another gateway's.
        case stranger
        /// The wall clock went a day or more beside the boot clock.
        case clockJump = "clock jump"
        /// The clock had not been set: before 2020.
        case unsetClock = "clock not set"
    }

    package var kind: Kind
    /// `line 17`, or the like.
    package var place: String
    /// What, and which record.
    package var detail: String

    /// The records cannot be billed as they are. Else it is a note: a copy, a clock.
    package var isFault: Bool {
        switch kind {
        case .duplicate, .reordered, .clockJump, .unsetClock: false
        default: true
        }
    }

    package var description: String { "\(place): \(kind.rawValue): \(detail.printable)" }
}

extension String {
    /// For a terminal or a log: of what a stranger wrote, no control characters, and not more than a few lines.
    package var printable: String {
        let limit = 600
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                text.append("?")
            default: text.append(scalar)
            }
        }
        return String(text) + (unicodeScalars.dropFirst(limit).isEmpty ? "" : "…")
    }
}

/// What a look at a chain found.
package struct UsageVerdict: Hashable, Sendable {
    package var records = 0
    /// Checkpoints whose signature is right.
    package var signatures = 0
    /// Σ `d_up` and Σ `d_dn`, each record once.
    package var sumUp: Int64 = 0
    package var sumDown: Int64 = 0
    /// The newest record of the newest epoch.
    package var epoch: UInt32 = 0
    package var first: UInt64 = 0
    package var last: UInt64 = 0
    package var lastHash = ""
    /// Records behind the last checkpoint that was right.
    package var unsigned = 0
    package var findings: [UsageFinding] = []

    package var faults: [UsageFinding] { findings.filter(\.isFault) }
}
