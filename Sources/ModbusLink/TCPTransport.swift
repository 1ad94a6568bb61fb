import CModbus
import CSystem
import FieldModel
import Platform

/// Modbus over TCP: libmodbus makes the connection, the frames are read here.
///
/// libmodbus 3.1.6 accepts a reply from any unit and takes seven system calls a transaction; this takes three, and
/// checks the transaction number, the protocol and the unit.
final class TCPTransport: Transport {
    private static let headerLength = 7
    /// A reply to one of the last requests, which timed out, may still arrive: it is skipped. Anything older is junk.
    private static let lateReplies: UInt16 = 64

    private let modbus: OpaquePointer
    private let timeout: Duration
    private var transaction: UInt16 = 0
    private var buffer = [UInt8](repeating: 0, count: 2 * (7 + ProtocolDataUnit.maximum))
    private var filled = 0
    private(set) var isConnected = false

    init(host: String, port: UInt16, timeout: Duration) throws(BusFault) {
        guard let modbus = modbus_new_tcp_pi(host, String(port)) else {
            throw .disconnected("'\(host)' is not a host name or address")
        }
        self.modbus = modbus
        self.timeout = timeout
    }

    deinit {
        disconnect()
        modbus_free(modbus)
    }

    func connect() throws(BusFault) {
        let status = fg_modbus_connect(modbus, UInt32(clamping: timeout.wholeNanoseconds / 1000))
        guard status == 0 else { throw .disconnected(SystemError.text(-status)) }
        _ = fg_set_socket_option(modbus_get_socket(modbus), Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        filled = 0
        isConnected = true
    }

    func disconnect() {
        guard isConnected else { return }
        modbus_close(modbus)
        isConnected = false
    }

    func transact<Result>(
        unit: UInt8, request: [UInt8], body: (UnsafeBufferPointer<UInt8>) throws(BusFault) -> Result
    ) throws(BusFault) -> Result {
        do throws(BusFault) {
            transaction &+= 1
            try send(unit: unit, request: request)
            let length = try receive(unit: unit)
            let frame = Self.headerLength - 1 + length
            defer { discard(frame) }
            return try buffer.withUnsafeBufferPointer { bytes throws(BusFault) -> Result in
                try body(UnsafeBufferPointer(rebasing: bytes[Self.headerLength..<frame]))
            }
        } catch {
            switch error {
            case .timeout, .exception: break
            case .disconnected, .protocolViolation: disconnect()
            }
            throw error
        }
    }

    private func send(unit: UInt8, request: [UInt8]) throws(BusFault) {
        let length = UInt16(request.count + 1)
        let header: [UInt8] = [
            UInt8(transaction >> 8), UInt8(truncatingIfNeeded: transaction), 0, 0, UInt8(length >> 8),
            UInt8(truncatingIfNeeded: length), unit,
        ]
        let frame = header + request
        let sent = CSystem.send(modbus_get_socket(modbus), frame, frame.count, Int32(MSG_NOSIGNAL))
        guard sent == frame.count else {
            throw .disconnected(sent < 0 ? SystemError.text(fg_errno()) : "the connection takes no more data")
        }
    }

    /// Waits for this transaction's frame at the front of the buffer; returns the length its header states.
    private func receive(unit: UInt8) throws(BusFault) -> Int {
        let deadline = fg_boottime_ns() &+ timeout.wholeNanoseconds
        while true {
            while filled >= Self.headerLength {
                let length = Int(buffer[4]) << 8 | Int(buffer[5])
                guard buffer[2] == 0, buffer[3] == 0, (3...ProtocolDataUnit.maximum + 1).contains(length) else {
                    throw .protocolViolation("a header that is not Modbus")
                }
                guard filled >= Self.headerLength - 1 + length else { break }
                let number = UInt16(buffer[0]) << 8 | UInt16(buffer[1])
                if number == transaction {
                    guard buffer[6] == unit else {
                        throw .protocolViolation("unit \(buffer[6]) answered for unit \(unit)")
                    }
                    return length
                }
                guard transaction &- number <= Self.lateReplies else {
                    throw .protocolViolation("transaction \(number) answered transaction \(transaction)")
                }
                discard(Self.headerLength - 1 + length)
            }
            try fill(until: deadline)
        }
    }

    private func fill(until deadline: Int64) throws(BusFault) {
        let left = deadline &- fg_boottime_ns()
        guard left > 0 else { throw .timeout }
        var watch = pollfd(fd: modbus_get_socket(modbus), events: Int16(POLLIN), revents: 0)
        let ready = poll(&watch, 1, Int32(clamping: (left + 999_999) / 1_000_000))
        guard ready != 0 else { throw .timeout }
        let start = filled
        let received = buffer.withUnsafeMutableBytes { bytes in
            recv(watch.fd, bytes.baseAddress! + start, bytes.count - start, 0)
        }
        guard received != 0 else { throw .disconnected("the device closed the connection") }
        guard received > 0 else {
            let code = fg_errno()
            if code == EAGAIN || code == EINTR { return }
            throw .disconnected(SystemError.text(code))
        }
        filled += received
    }

    private func discard(_ count: Int) {
        if filled > count {
            buffer.replaceSubrange(0..<filled - count, with: Array(buffer[count..<filled]))
        }
        filled = max(0, filled - count)
    }
}
