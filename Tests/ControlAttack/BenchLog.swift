import FieldModel
import Synchronization

/// The audit trail and the disk, in memory.
package final class BenchLog: ControlLog {
    package enum Disk: Sendable {
        case takes, refuses
        /// Says nothing, ever.
        case hangs
    }

    private struct State {
        var standing: ControlStanding
        var disk = Disk.takes
        var hasRoom = true
        var records: [[EventBatch.Field]] = []
        var keepsRecords = true
    }

    private let state: Mutex<State>

    package init(_ standing: ControlStanding = ControlStanding(epoch: 41)) {
        state = Mutex(State(standing: standing))
    }

    package var disk: Disk {
        get { state.withLock { $0.disk } }
        set { state.withLock { $0.disk = newValue } }
    }

    package var hasRoom: Bool {
        get { state.withLock { $0.hasRoom } }
        set { state.withLock { $0.hasRoom = newValue } }
    }

    package var standing: ControlStanding { state.withLock { $0.standing } }

    /// From now on records are counted by nobody.
    package func forgetRecords() { state.withLock { ($0.keepsRecords, $0.records) = (false, []) } }

    package func standing(of device: String) -> ControlStanding { standing }

    package func store(_ standing: ControlStanding, of device: String, then: @escaping @Sendable (Bool) -> Void) {
        let disk = state.withLock { state in
            if state.disk == .takes { state.standing = standing }
            return state.disk
        }
        if disk != .hangs { then(disk == .takes) }
    }

    package func record(_ fields: [EventBatch.Field], of device: String) {
        state.withLock { if $0.keepsRecords { $0.records.append(fields) } }
    }

    /// `from → to: cause`, one for each change.
    package var transitions: [String] {
        state.withLock(\.records).compactMap { fields in
            func text(_ name: String) -> String? {
                for field in fields where field.name == name {
                    if case .text(let text) = field.value { return text }
                }
                return nil
            }
            guard let from = text("from"), let to = text("to"), let cause = text("cause") else { return nil }
            return "\(from) → \(to): \(cause)"
        }
    }
}
