/// Why a value is not there, or not to be trusted. A bad value is a quality, never an error.
public enum Quality: Hashable, Sendable {
    case good
    /// The unit did not answer in time.
    case timeout
    /// The unit answered with a Modbus exception (Modbus Application Protocol 1.1b3, 7).
    case exception(UInt8)
    /// There is no connection to the bus.
    case disconnected
    /// The answer was not one to the question: another unit, another function, a wrong length, junk.
    case protocolViolation
    /// The registers hold nothing that the point's type can express (BCD with a digit above 9, NaN, …).
    case decode

    /// The name used in messages: `good`, `bad.timeout`, `bad.exception(2)`, …
    public var name: String {
        switch self {
        case .good: "good"
        case .timeout: "bad.timeout"
        case .exception(let code): "bad.exception(\(code))"
        case .disconnected: "bad.disconnected"
        case .protocolViolation: "bad.protocol"
        case .decode: "bad.decode"
        }
    }
}
