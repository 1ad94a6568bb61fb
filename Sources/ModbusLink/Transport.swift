import FieldModel

/// How requests and replies travel: what is left of Modbus without its data units.
protocol Transport: AnyObject {
    var isConnected: Bool { get }

    func connect() throws(BusFault)

    /// Sends `request` to `unit` and hands the reply's data unit to `body`.
    func transact<Result>(
        unit: UInt8, request: [UInt8], body: (UnsafeBufferPointer<UInt8>) throws(BusFault) -> Result
    ) throws(BusFault) -> Result

    func disconnect()
}
