import CSystem
import Glibc
import SimulatorKit

/// Takes the streams of any number of cameras on one port, and measures them.
package final class CameraReceiver: EventHandler {
    private let fd: Int32
    private unowned let reactor: Reactor
    private var streams: [UInt32: Reception] = [:]
    private var strange = 0
    private var buffer = [UInt8](repeating: 0, count: 2048)

    package init(bind: String, port: UInt16, reactor: Reactor) throws(SystemFault) {
        self.reactor = reactor
        fd = try DatagramSocket.open(bind: bind, port: port)
        _ = fg_set_nonblocking(fd)
        _ = fg_set_socket_option(fd, SOL_SOCKET, SO_RCVBUF, 4 << 20)
        try reactor.add(fd, self)
    }

    package var port: UInt16 { DatagramSocket.port(fd) }

    package func shutDown() { reactor.removeAndClose(fd) }

    package func ready(_ events: UInt32) {
        while true {
            let count = recv(fd, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return }
            guard let packet = RTPPacket(buffer[0..<count]) else {
                strange += 1
                continue
            }
            streams[packet.source, default: Reception()].receive(packet, bytes: count, at: fg_monotonic_ns())
        }
    }

    /// One entry a camera, in the order of their sources.
    package var statistics: JSON {
        let rows = streams.sorted { $0.key < $1.key }.map { source, stream in
            JSON.members([
                "ssrc": .integer(Int64(source)), "packets": .integer(Int64(stream.packets)),
                "bytes": .integer(Int64(stream.bytes)), "lost": .integer(Int64(stream.lost)),
                "out_of_order": .integer(Int64(stream.outOfOrder)), "duplicates": .integer(Int64(stream.duplicates)),
                "frames": .integer(Int64(stream.wholeFrames)),
                "broken_frames": .integer(Int64(stream.brokenFrames + stream.openFrames)),
                "frame_latency": stream.latency.json,
            ])
        }
        return .members(["ok": .bool(true), "streams": .array(rows), "strange": .integer(Int64(strange))])
    }
}
