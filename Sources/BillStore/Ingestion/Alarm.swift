import FieldModel

/// What a person has to look at.
package enum AlarmKind: String, Sendable, CaseIterable {
    /// The text is no record.
    case unreadable
    /// One gateway speaks for another.
    case stranger
    /// Content and hash disagree.
    case tampered
    /// It does not follow the record before it.
    case wrongLink = "wrong_link"
    case wrongCheckpoint = "wrong_checkpoint"
    case wrongSignature = "wrong_signature"
    /// A known number with another content.
    case conflict
    /// A known epoch with another beginning.
    case reusedEpoch = "reused_epoch"
    /// Two numbers for the same bytes.
    case countedTwice = "counted_twice"
    /// A connection's running count went down.
    case decrease
    /// The stamp cannot be right.
    case clock
    /// A correction of a record that is not here.
    case noTarget = "no_target"
    /// More records wait behind a hole than are kept.
    case overflow

    /// The record was not taken.
    package var isRefusal: Bool {
        switch self {
        case .unreadable, .stranger, .tampered, .wrongLink, .wrongCheckpoint, .wrongSignature, .conflict, .reusedEpoch,
            .overflow:
            true
        case .countedTwice, .decrease, .clock, .noTarget: false
        }
    }
}

package struct Alarm: Hashable, Sendable {
    package var kind: AlarmKind
    package var gateway: String?
    package var epoch: UInt32?
    package var sequence: UInt64?
    package var text: String
    /// Of a record that was not taken: its text, kept as evidence.
    package var body: String?

    package init(
        _ kind: AlarmKind, gateway: String? = nil, epoch: UInt32? = nil, sequence: UInt64? = nil, text: String,
        body: String? = nil
    ) {
        self.kind = kind
        self.gateway = gateway
        self.epoch = epoch
        self.sequence = sequence
        self.text = text
        self.body = body
    }

    /// `gateway loader-1, epoch 2, record 17`.
    package var place: String {
        [gateway.map { "gateway \($0)" }, epoch.map { "epoch \($0)" }, sequence.map { "record \($0)" }]
            .compactMap { $0 }.joined(separator: ", ")
    }
}

/// What came of a batch of records.
package struct IngestReport: Hashable, Sendable {
    package var accepted = 0
    /// Known already, word for word.
    package var doubles = 0
    /// Kept until the missing ones before them come.
    package var held = 0
    /// From before the record behind which their chain was taken over: not held here.
    package var before = 0
    /// Not taken: the alarms say why.
    package var refused = 0
    package var alarms: [Alarm] = []

    package init() {}

    package static func += (left: inout IngestReport, right: IngestReport) {
        left.accepted += right.accepted
        left.doubles += right.doubles
        left.held += right.held
        left.before += right.before
        left.refused += right.refused
        left.alarms += right.alarms
    }
}
