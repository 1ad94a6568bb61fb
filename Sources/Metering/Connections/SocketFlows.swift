import FieldModel

/// Connections where nobody may ask connection tracking: the process's own sockets, by TCP_INFO.
///
/// Bytes are those of the segments with their headers; what closes between two looks is seen up to the look before.
package struct SocketFlows: Sendable {
    private struct Known: Sendable {
        var flow: Flow
        var isThere: Bool
    }

    private var known: [Flow.Tuple: Known] = [:]
    private var next: UInt32 = 0

    package init() {}

    /// What is there now, and the ends of what is not any more. `mark` tells the way a socket takes; nil for none of
    /// ours.
    package mutating func look(
        _ sockets: [SocketReading], at now: Timestamp, mark: (SocketReading) -> UsageMark?
    ) -> (flows: [Flow], ended: [FlowEvent]) {
        for tuple in known.keys { known[tuple]?.isThere = false }
        for socket in sockets {
            guard let mark = mark(socket) else { continue }
            let flow = known[socket.tuple]?.flow ?? begin(socket, mark, at: now)
            known[socket.tuple] = Known(flow: Self.counted(flow, socket), isThere: true)
        }
        let gone = known.filter { !$0.value.isThere }
        for tuple in gone.keys { known[tuple] = nil }
        let ended = gone.values.map { entry -> FlowEvent in
            var flow = entry.flow
            flow.stop = UInt64(clamping: now.microseconds) * 1000
            return .ended(flow)
        }
        return (known.values.map(\.flow), ended)
    }

    private mutating func begin(_ socket: SocketReading, _ mark: UsageMark, at now: Timestamp) -> Flow {
        next &+= 1
        let back = Flow.Tuple(
            transport: socket.tuple.transport, source: socket.tuple.destination, destination: socket.tuple.source,
            sourcePort: socket.tuple.destinationPort, destinationPort: socket.tuple.sourcePort)
        return Flow(
            id: next, start: UInt64(clamping: now.microseconds) * 1000, mark: mark.bits, original: socket.tuple,
            reply: back, sent: Flow.Count(), received: Flow.Count())
    }

    /// Counters of a socket only grow; another one that took its place at once counts on from what was.
    private static func counted(_ flow: Flow, _ socket: SocketReading) -> Flow {
        let header = UInt64(SegmentCorrection.header(of: socket))
        var counted = flow
        counted.sent = Flow.Count(
            bytes: max(flow.sent.bytes, socket.bytesOut + socket.segmentsOut * header),
            packets: max(flow.sent.packets, socket.segmentsOut))
        counted.received = Flow.Count(
            bytes: max(flow.received.bytes, socket.bytesIn + socket.segmentsIn * header),
            packets: max(flow.received.packets, socket.segmentsIn))
        return counted
    }
}
