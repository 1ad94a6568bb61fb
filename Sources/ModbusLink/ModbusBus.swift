import FieldModel

/// A Modbus bus on a real connection. One thread owns it.
package final class ModbusBus: Bus {
    private let transport: any Transport

    /// Throws when the address itself is impossible; nothing is connected yet.
    package init(_ address: BusAddress, timeout: Duration) throws(BusFault) {
        switch address {
        case .tcp(let host, let port): transport = try TCPTransport(host: host, port: port, timeout: timeout)
        case .rtu(let settings): transport = try RTUTransport(settings, timeout: timeout)
        }
    }

    package func connect() throws(BusFault) {
        guard !transport.isConnected else { return }
        try transport.connect()
    }

    package func read(_ request: ReadRequest, into values: inout [UInt16]) throws(BusFault) {
        try checkConnected()
        precondition(values.count >= request.count, "the buffer is smaller than the read")
        try transport.transact(unit: request.unit, request: ProtocolDataUnit.encode(request)) {
            reply throws(BusFault) in
            try ProtocolDataUnit.decode(reply, to: request, into: &values)
        }
    }

    package func write(_ request: WriteRequest) throws(BusFault) {
        try checkConnected()
        let encoded = ProtocolDataUnit.encode(request)
        try transport.transact(unit: request.unit, request: encoded) { reply throws(BusFault) in
            try ProtocolDataUnit.check(reply, to: request, encoded: encoded)
        }
    }

    package func disconnect() {
        transport.disconnect()
    }

    private func checkConnected() throws(BusFault) {
        guard transport.isConnected else { throw .disconnected("no connection yet") }
    }
}
