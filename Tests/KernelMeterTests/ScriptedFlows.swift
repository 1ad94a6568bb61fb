import FieldModel

/// Connection tracking as a script: what waits, what is consumed, what is live.
final class ScriptedFlows: FlowSource {
    let descriptor: Int32 = -1
    var waiting: [FlowMessage] = []
    var live: [Flow] = []
    private(set) var isReliable = false
    private(set) var consumed = 0

    func peek() throws(NetworkFault) -> FlowMessage {
        guard let first = waiting.first else { return .nothing }
        // The kernel tells of an overrun once.
        if first == .overrun { waiting.removeFirst() }
        return first
    }

    func consume() {
        waiting.removeFirst()
        consumed += 1
    }

    func setReliable(_ isReliable: Bool) { self.isReliable = isReliable }

    func flows(_ each: (Flow) -> Void) throws(NetworkFault) { live.forEach(each) }
}
