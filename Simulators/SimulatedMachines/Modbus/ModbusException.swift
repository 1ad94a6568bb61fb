/// Why a server refuses a request: the exception codes of the Modbus Application Protocol Specification V1.1b3, clause 7.
package enum ModbusException: UInt8, Error, Sendable, CaseIterable {
    case illegalFunction = 0x01
    case illegalDataAddress = 0x02
    case illegalDataValue = 0x03
    case serverDeviceFailure = 0x04
    case acknowledge = 0x05
    case serverDeviceBusy = 0x06
    case gatewayPathUnavailable = 0x0A
    case gatewayTargetFailedToRespond = 0x0B
}
