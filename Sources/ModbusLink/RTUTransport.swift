import CModbus
import CSystem
import FieldModel
import Platform

/// Modbus RTU on a serial line: libmodbus's framing and CRC, and the silence between frames that it does not keep.
final class RTUTransport: Transport {
    private let modbus: ModbusContext
    private let settings: SerialSettings
    private let timeout: Duration
    private var quietSince: Int64 = 0
    private var reply = [UInt8](repeating: 0, count: Int(FG_MODBUS_RTU_MAX_ADU_LENGTH))

    init(_ settings: SerialSettings, timeout: Duration) throws(BusFault) {
        let parity: Unicode.Scalar =
            switch settings.parity {
            case .none: "N"
            case .even: "E"
            case .odd: "O"
            }
        guard
            let modbus = modbus_new_rtu(
                settings.device, Int32(settings.baud), CChar(parity.value), Int32(settings.dataBits),
                Int32(settings.stopBits))
        else { throw .disconnected("'\(settings.device)' is not a serial device at \(settings.baud) baud") }
        self.modbus = ModbusContext(modbus)
        self.settings = settings
        self.timeout = timeout
    }

    var isConnected: Bool { modbus.isConnected }

    func connect() throws(BusFault) {
        var status = modbus.connect(within: timeout)
        if status == 0, settings.rs485 {
            status = fg_modbus_use_rs485(modbus.pointer)
            if status < 0 { modbus.disconnect() }
        }
        guard status == 0 else { throw .disconnected("\(settings.device): \(SystemError.text(-status))") }
        quietSince = fg_boottime_ns()
    }

    func disconnect() { modbus.disconnect() }

    func transact<Result>(
        unit: UInt8, request: [UInt8], body: (UnsafeBufferPointer<UInt8>) throws(BusFault) -> Result
    ) throws(BusFault) -> Result {
        keepSilence()
        let frame = [unit] + request
        let length = fg_modbus_rtu_transact(modbus.pointer, frame, Int32(frame.count), &reply)
        quietSince = fg_boottime_ns()
        guard length > 0 else { throw fault(-length) }
        guard length >= 4, reply[0] == unit else {
            throw .protocolViolation("unit \(reply[0]) answered for unit \(unit)")
        }
        return try reply.withUnsafeBufferPointer { bytes throws(BusFault) -> Result in
            try body(UnsafeBufferPointer(rebasing: bytes[1..<Int(length) - 2]))
        }
    }

    private func keepSilence() {
        let left = quietSince &+ settings.silence.wholeNanoseconds &- fg_boottime_ns()
        guard left > 0 else { return }
        var pause = timespec(tv_sec: 0, tv_nsec: Int(left))
        nanosleep(&pause, nil)
    }

    /// On a serial line only the loss of the line itself ends the connection: the next request starts from a flush.
    private func fault(_ code: Int32) -> BusFault {
        switch code {
        case 0: return .protocolViolation("another unit answered")
        case ETIMEDOUT: return .timeout
        case EIO, ENODEV, ENXIO, EBADF, ECONNRESET, EPIPE:
            disconnect()
            return .disconnected("\(settings.device): \(SystemError.text(code))")
        default: return .protocolViolation(String(cString: fg_modbus_error(code)))
        }
    }
}
