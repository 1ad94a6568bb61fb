import CModbus
import FieldModel

/// A context of libmodbus with its connection; both end with it.
final class ModbusContext {
    let pointer: OpaquePointer
    private(set) var isConnected = false

    /// Takes the context over.
    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit {
        disconnect()
        modbus_free(pointer)
    }

    /// 0, or `-errno`.
    func connect(within timeout: Duration) -> Int32 {
        let status = fg_modbus_connect(pointer, UInt32(clamping: timeout.wholeNanoseconds / 1000))
        isConnected = status == 0
        return status
    }

    func disconnect() {
        guard isConnected else { return }
        modbus_close(pointer)
        isConnected = false
    }
}
