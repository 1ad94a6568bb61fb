import CModbus
import CSystem
import FieldModel
import Platform

/// Modbus over TCP: libmodbus makes the connection, the frames are read here.
///
/// libmodbus 3.1.6 accepts a reply from any unit and takes seven system calls a transaction; this takes three, and
/// checks the transaction number, the protocol and the unit.
final class TCPTransport: Transport {
    private let modbus: ModbusContext
    private let timeout: Duration
    private var transaction: UInt16 = 0
    private var replies = ReplyScanner()

    init(host: String, port: UInt16, timeout: Duration) throws(BusFault) {
        guard let modbus = modbus_new_tcp_pi(host, String(port)) else {
            throw .disconnected("'\(host)' is not a host name or address")
        }
        self.modbus = ModbusContext(modbus)
        self.timeout = timeout
    }

    var isConnected: Bool { modbus.isConnected }
    private var socket: Int32 { modbus_get_socket(modbus.pointer) }

    func connect() throws(BusFault) {
        let status = modbus.connect(within: timeout)
        guard status == 0 else { throw .disconnected(SystemError.text(-status)) }
        _ = fg_set_socket_option(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        replies.clear()
    }

    func disconnect() { modbus.disconnect() }

    func transact<Result>(
        unit: UInt8, request: [UInt8], body: (UnsafeBufferPointer<UInt8>) throws(BusFault) -> Result
    ) throws(BusFault) -> Result {
        do throws(BusFault) {
            transaction &+= 1
            try send(unit: unit, request: request)
            let frame = try receive(unit: unit)
            return try replies.take(frame, body)
        } catch {
            switch error {
            case .exception: break
            // Half a reply came: if the other half is lost, it would swallow the replies to come.
            case .timeout: if replies.isPartial { disconnect() }
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
        // A device that no longer reads would block the bus, without a limit, once the buffers are full.
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        let sent = CSystem.send(socket, frame, frame.count, flags)
        guard sent == frame.count else {
            let isFull = sent >= 0 || fg_errno() == EAGAIN
            throw .disconnected(isFull ? "the device takes no more data" : SystemError.text(fg_errno()))
        }
    }

    /// Waits for this transaction's reply; returns the length of its frame.
    private func receive(unit: UInt8) throws(BusFault) -> Int {
        let deadline = fg_boottime_ns() &+ timeout.wholeNanoseconds
        while true {
            if let frame = try replies.next(transaction, unit: unit) { return frame }
            try fill(until: deadline)
        }
    }

    private func fill(until deadline: Int64) throws(BusFault) {
        let left = deadline &- fg_boottime_ns()
        guard left > 0 else { throw .timeout }
        var watch = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        let ready = poll(&watch, 1, Int32(clamping: (left + 999_999) / 1_000_000))
        guard ready != 0 else { throw .timeout }
        let received = replies.fill { recv(watch.fd, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT)) }
        guard received != 0 else { throw .disconnected("the device closed the connection") }
        guard received > 0 else {
            let code = fg_errno()
            if code == EAGAIN || code == EINTR { return }
            throw .disconnected(SystemError.text(code))
        }
    }
}
