import CSystem
import FieldModel
import Platform

/// Probes by ICMP echo (RFC 792, RFC 4443) or by UDP echo (RFC 862), over one connected socket.
final class DatagramProber: Prober, EventSource {
    private(set) var descriptor: Int32 = -1
    let interest: EventInterest = .read
    let deadline: Instant? = nil

    private let target: ProbeTarget
    private let device: String
    private let loop: EventLoop
    private let answered: (UInt16, Instant) -> Void
    private var latest: UInt16 = 0
    /// Echo requests over a raw socket, which whoever may open one can use where `ping_group_range` is closed.
    private var isRaw = false
    private let identifier = UInt16.random(in: .min ... .max)

    init(_ target: ProbeTarget, device: String, loop: EventLoop, answered: @escaping (UInt16, Instant) -> Void) {
        self.target = target
        self.device = device
        self.loop = loop
        self.answered = answered
        loop.add(self)
    }

    deinit { closeSocket() }

    func send(_ sequence: UInt16) throws(ProbeFault) {
        do throws(SystemError) {
            if descriptor < 0 { try open() }
            latest = sequence
            let packet = packet(sequence)
            if CSystem.send(descriptor, packet, packet.count, Int32(MSG_NOSIGNAL)) < 0 { try sendingFailed() }
        } catch {
            // The interface may have gone and come back as another of the same name.
            closeSocket()
            throw ProbeFault(target, device, error)
        }
    }

    func ready(_ events: EventInterest, at now: Instant) {
        var buffer = [UInt8](repeating: 0, count: 64)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0, let sequence = sequence(buffer[..<count]) { answered(sequence, now) }
            if count > 0 { continue }
            let code = fg_errno()
            // Somebody at the other end says no: the way there and back is open.
            if count < 0, code == ECONNREFUSED { answered(latest, now) }
            if count < 0, code != EAGAIN, code != ECONNREFUSED { closeSocket() }
            return
        }
    }

    func close() {
        loop.remove(self)
        closeSocket()
    }

    private func closeSocket() {
        if descriptor >= 0 { CSystem.close(descriptor) }
        descriptor = -1
    }

    private func sendingFailed() throws(SystemError) {
        let code = fg_errno()
        // The error belongs to an earlier probe, or the queue of the interface is full: neither is this one's fault.
        guard code != ECONNREFUSED, code != EAGAIN, code != ENOBUFS else { return }
        throw SystemError(code: code)
    }

    private func open() throws(SystemError) {
        var address = sockaddr_storage()
        let length = try SystemError.check(fg_network_address(&address, target.address, port))
        let socket = try makeSocket(isV6: Int32(address.ss_family) == AF_INET6)
        let status = fg_connect_address(socket, &address, length)
        guard status == 0 else {
            CSystem.close(socket)
            throw SystemError(code: -status)
        }
        descriptor = socket
    }

    private func makeSocket(isV6: Bool) throws(SystemError) -> Int32 {
        func make(_ type: __socket_type) -> Int32 {
            fg_device_socket(
                isV6 ? AF_INET6 : AF_INET, Int32(type.rawValue), Int32(protocolNumber(isV6)), device,
                TrafficClass.control.socketPriority)
        }
        let socket = make(SOCK_DGRAM)
        isRaw = target.kind == .icmp && (socket == -EACCES || socket == -EPERM)
        guard isRaw else { return try SystemError.check(socket) }
        let raw = make(SOCK_RAW)
        // Where that is refused too, the group's setting is what is to be mended.
        return try SystemError.check(raw < 0 ? socket : raw)
    }

    private var port: UInt16 { if case .udp(let port) = target.kind { port } else { 0 } }

    private func protocolNumber(_ isV6: Bool) -> Int {
        guard target.kind == .icmp else { return Int(IPPROTO_UDP) }
        return isV6 ? Int(IPPROTO_ICMPV6) : Int(IPPROTO_ICMP)
    }

    // MARK: Packets

    private static let mark: [UInt8] = Array("FieldGate".utf8)

    private var isV6: Bool { target.address.utf8.contains(UInt8(ascii: ":")) }

    /// For ICMP the kernel fills in identifier and checksum; over a raw socket only ICMPv6's checksum.
    private func packet(_ sequence: UInt16) -> [UInt8] {
        let number = [UInt8(sequence >> 8), UInt8(sequence & 0xFF)]
        guard target.kind == .icmp else { return Self.mark + number }
        var packet = [isV6 ? 128 : 8, 0, 0, 0, UInt8(identifier >> 8), UInt8(identifier & 0xFF)] + number + Self.mark
        guard isRaw, !isV6 else { return packet }
        let sum = Self.checksum(packet)
        (packet[2], packet[3]) = (UInt8(sum >> 8), UInt8(sum & 0xFF))
        return packet
    }

    /// The Internet checksum (RFC 1071).
    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 + (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }

    private func sequence(_ answer: ArraySlice<UInt8>) -> UInt16? {
        var bytes = Array(answer)
        if target.kind == .icmp {
            // A raw socket of IPv4 hears the IP header too, and every answer to anybody.
            if isRaw, !isV6, let first = bytes.first { bytes.removeFirst(min(bytes.count, Int(first & 0xF) * 4)) }
            if isRaw {
                guard bytes.count >= 6, bytes[4] == UInt8(identifier >> 8), bytes[5] == UInt8(identifier & 0xFF)
                else { return nil }
            }
            guard bytes.count >= 8 + Self.mark.count, bytes[0] == 0 || bytes[0] == 129 else { return nil }
            return UInt16(bytes[6]) << 8 | UInt16(bytes[7])
        }
        guard bytes.count == Self.mark.count + 2, bytes.starts(with: Self.mark) else { return nil }
        return UInt16(bytes[Self.mark.count]) << 8 | UInt16(bytes[Self.mark.count + 1])
    }
}
