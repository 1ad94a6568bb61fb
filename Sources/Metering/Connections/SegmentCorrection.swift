import FieldModel

/// What segmentation offload hides from connection tracking: it sees one packet with one header where many go out.
enum SegmentCorrection {
    /// Headers of one segment.
    static func header(of socket: SocketReading) -> Int64 {
        let ip: Int64 = socket.tuple.source.count == 16 ? 40 : 20
        return ip + 20 + Int64(clamping: socket.optionBytes)
    }

    /// Bytes to be added to what `counted` says. The last acknowledgement of a connection is sent by no socket any more
    /// and counted by connection tracking: the header that is missed so is found by the balance of its class, never
    /// billed twice.
    static func bytes(segments: UInt64, counted: Flow.Count, header: Int64) -> Int64 {
        let hidden = Int64(clamping: segments) - Int64(clamping: counted.packets)
        return max(0, hidden) * header
    }
}

/// The readings of own sockets, by both ends.
struct SocketTable: Sendable {
    private var sockets: [Flow.Tuple: SocketReading] = [:]

    init(_ readings: [SocketReading]) {
        for reading in readings { sockets[reading.tuple] = reading }
    }

    /// The socket behind a connection: its near end is ours.
    func socket(of flow: Flow, cameFromOutside: Bool) -> SocketReading? {
        guard !sockets.isEmpty, flow.original.transport == 6 else { return nil }
        return sockets[cameFromOutside ? flow.reply : flow.original]
    }
}
