import CSystem
import Glibc
import SimulatorKit

/// One line a packet, in CSV.
final class PacketTrace {
    private static let head =
        "offered_ns,ended_ns,path,direction,bytes,protocol,source,source_port,destination,destination_port,fate\n"
    private static let capacity = 1 << 18

    private let fd: Int32
    private let path: String
    private var buffer: [UInt8] = []

    init(path: String) throws(SystemFault) {
        fd = try SystemFault.check(fg_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644), "--trace \(path)")
        self.path = path
        buffer.reserveCapacity(Self.capacity + 512)
        buffer += Self.head.utf8
    }

    deinit { close(fd) }

    func record(_ lane: Lane, offered: Int64, ended: Int64, bytes: Int, _ key: FlowKey, _ outcome: Outcome) {
        let line =
            "\(offered),\(ended),\(lane.path.rawValue),\(lane.direction.rawValue),\(bytes),\(key.transportName),"
            + "\(key.sourceAddress),\(key.sourcePort),\(key.destinationAddress),\(key.destinationPort),\(outcome.name)\n"
        buffer += line.utf8
        if buffer.count >= Self.capacity { flush() }
    }

    /// A disk that is full ends the trace, not the link; the file then ends early.
    func flush() {
        var sent = 0
        while sent < buffer.count {
            let count = buffer[sent...].withUnsafeBytes { write(fd, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            sent += count
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
