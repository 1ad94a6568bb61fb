import FieldModel

/// What a ledger would have of the events: each once, whatever a reader saw twice.
struct Tally {
    struct Key: Hashable {
        var start: UInt64
        var id: UInt32
        var tuple: Flow.Tuple

        init(_ flow: Flow) { (start, id, tuple) = (flow.start, flow.id, flow.original) }
    }

    private(set) var began: [Key: Int] = [:]
    private(set) var ended: [Key: Int] = [:]
    private(set) var last: [Key: Flow] = [:]
    private(set) var losses: [String] = []

    mutating func take(_ events: [FlowEvent], only: (Flow) -> Bool = { _ in true }) {
        for event in events {
            switch event {
            case .began(let flow): if only(flow) { began[Key(flow), default: 0] += 1 }
            case .ended(let flow):
                guard only(flow) else { continue }
                ended[Key(flow), default: 0] += 1
                last[Key(flow)] = flow
            case .lost(let text): losses.append(text)
            }
        }
    }

    mutating func take(_ flows: [Flow]) {
        for flow in flows where ended[Key(flow)] == nil { last[Key(flow)] = flow }
    }

    var doubles: Int { (Array(began.values) + Array(ended.values)).filter { $0 > 1 }.count }

    /// Of a path's connections: out, and in.
    func sums(path: Int) -> (up: Flow.Count, down: Flow.Count) {
        var up = Flow.Count()
        var down = Flow.Count()
        for flow in last.values {
            let mark = UsageMark(flow.mark)
            guard mark.path == path else { continue }
            let (out, back) = mark.cameFromOutside ? (flow.received, flow.sent) : (flow.sent, flow.received)
            up = Flow.Count(bytes: up.bytes + out.bytes, packets: up.packets + out.packets)
            down = Flow.Count(bytes: down.bytes + back.bytes, packets: down.packets + back.packets)
        }
        return (up, down)
    }
}

extension PathReading {
    /// Bytes of IP that were sent and received since another reading.
    func ip(since before: PathReading) -> (up: Flow.Count, down: Flow.Count) {
        func part(_ all: Flow.Count, _ other: Flow.Count, _ all0: Flow.Count, _ other0: Flow.Count) -> Flow.Count {
            let packets = (all.packets - all0.packets) - (other.packets - other0.packets)
            let bytes = (all.bytes - all0.bytes) - (other.bytes - other0.bytes)
            return Flow.Count(bytes: bytes - header * packets, packets: packets)
        }
        return (
            part(sent, otherSent, before.sent, before.otherSent),
            part(received, otherReceived, before.received, before.otherReceived)
        )
    }

    func classBytes(since before: PathReading) -> UInt64 {
        classes.reduce(0) { $0 + $1.bytes } - before.classes.reduce(0) { $0 + $1.bytes }
    }

    var backlog: UInt64 { classes.reduce(0) { $0 + $1.backlog } }
}
