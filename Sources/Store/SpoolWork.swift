import FieldModel

/// What one commit is made of.
struct SpoolWork {
    struct Pending {
        var stream: Stream
        var body: [UInt8]
        var at: Timestamp
    }

    struct Settlement: Hashable {
        var consumer: String
        var stream: Stream
    }

    struct Rejection {
        var row: SpoolRow
        var reason: String
    }

    /// Rows that are made when they get their numbers, because they contain them: together or not at all.
    struct Composition {
        var stream: Stream
        var at: Timestamp
        /// About so many bytes, for the limit of what waits.
        var cost: Int
        /// Called in the transaction with the next number; called again with the same one when that fails.
        var make: @Sendable (UInt64) -> [[UInt8]]
        /// Called after the commit with the newest number, or with nil when there will be none.
        var then: @Sendable (UInt64?) -> Void
    }

    var rows: [Pending] = []
    var compositions: [Composition] = []
    var settled: [Settlement: UInt64] = [:]
    var rejected: [Rejection] = []
    /// Telemetry that was given up before it had a number.
    var lost: [Stream: Int64] = [:]
}

/// What a commit brought about.
struct SpoolOutcome {
    /// The new rows, numbered, in order.
    var rows: [SpoolRow] = []
    /// For each composition, the number of its last row.
    var composed: [UInt64] = []
    /// Up to where each stream's rows are gone.
    var settled: [Stream: UInt64] = [:]
    var drops: [Drop] = []
    var usageDrops: [Drop] = []
    /// More usage records are stored than there should be, and none of them may go.
    var usageIsOverfull = false

    struct Drop {
        var count: Int64
        var from: UInt64
        var through: UInt64
        var cause: String
    }
}
