import CSystem
import Glibc
import SimulatorKit

/// Sends frames as a network camera does: every frame as a burst, or paced over a part of its period.
package final class CameraSender {
    package struct Plan: Sendable {
        package var host = ""
        package var port: UInt16 = 0
        /// The source address; empty lets the system choose.
        package var bind = ""
        package var rate: Int64 = 1_100_000
        package var framesPerSecond = 25
        package var keyEvery: Int64 = 2_000_000_000
        /// Nanoseconds over which a frame is spread.
        package var pace: Int64 = 0
        package var seed: UInt64 = 1

        package init() {}
    }

    private let fd: Int32
    private let plan: Plan
    private unowned let reactor: Reactor
    private let source: UInt32
    private let start = fg_monotonic_ns()
    private var pattern: VideoPattern
    private var sequence: UInt16
    private var frames = 0
    private var keyFrames = 0
    private var packets = 0
    private var bytes = 0
    private var unsent = 0
    private var payload = [UInt8](repeating: 0, count: RTPPacket.headerBytes + RTPPacket.largestPayload)

    package init(_ plan: Plan, reactor: Reactor) throws(SystemFault) {
        (self.plan, self.reactor) = (plan, reactor)
        fd = try DatagramSocket.open(bind: plan.bind, port: 0)
        try DatagramSocket.connect(fd, plan.host, plan.port)
        _ = fg_set_socket_option(fd, SOL_SOCKET, SO_SNDBUF, 1 << 20)
        pattern = VideoPattern(
            rate: plan.rate, framesPerSecond: plan.framesPerSecond, keyEvery: plan.keyEvery, seed: plan.seed)
        var random = Randomness(seed: plan.seed &+ 0xCA)
        source = UInt32(truncatingIfNeeded: random.next())
        sequence = UInt16(truncatingIfNeeded: random.next())
        for index in payload.indices { payload[index] = UInt8(truncatingIfNeeded: random.next()) }
        sendFrame()
    }

    deinit { close(fd) }

    package var statistics: JSON {
        .members([
            "ok": .bool(true), "frames": .integer(Int64(frames)), "key_frames": .integer(Int64(keyFrames)),
            "packets": .integer(Int64(packets)), "bytes": .integer(Int64(bytes)), "unsent": .integer(Int64(unsent)),
        ])
    }

    /// Frame n is due n periods after the start, whatever became of those before.
    private func sendFrame() {
        let captured = fg_monotonic_ns()
        let frame = pattern.next()
        let count = (frame.bytes + RTPPacket.largestPayload - 1) / RTPPacket.largestPayload
        let timestamp = UInt32(truncatingIfNeeded: frames * 90_000 / plan.framesPerSecond)
        frames += 1
        if frame.isKey { keyFrames += 1 }
        var left = frame.bytes
        for index in 0..<count {
            let size = min(left, RTPPacket.largestPayload)
            left -= size
            let packet = RTPPacket(
                sequence: sequence, timestamp: timestamp, source: source, isLast: index == count - 1,
                captured: captured, framePackets: UInt16(count), index: UInt16(index))
            sequence &+= 1
            send(packet, size, after: plan.pace * Int64(index) / Int64(count))
        }
        let next = start + Int64(frames) * 1_000_000_000 / Int64(plan.framesPerSecond)
        reactor.after(max(0, next - fg_monotonic_ns())) { [unowned self] in sendFrame() }
    }

    private func send(_ packet: RTPPacket, _ size: Int, after delay: Int64) {
        guard delay == 0 else { return reactor.after(delay) { [unowned self] in send(packet, size, after: 0) } }
        payload.replaceSubrange(0..<RTPPacket.headerBytes, with: packet.header)
        let length = RTPPacket.headerBytes + size
        // A camera does not wait for its network: what does not go now is lost, and counted.
        if Glibc.send(fd, payload, length, Int32(MSG_DONTWAIT)) == length {
            packets += 1
            bytes += length
        } else {
            unsent += 1
        }
    }
}
