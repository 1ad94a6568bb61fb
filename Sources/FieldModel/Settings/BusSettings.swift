/// Where a bus is.
public enum BusAddress: Hashable, Sendable {
    case tcp(host: String, port: UInt16)
    case rtu(SerialSettings)
}

extension BusAddress {
    /// Registers in a read that takes 40 ms at most, for a bus on which control must not wait longer: request 8 bytes,
    /// reply 5 and two a register, a silence before each (Modbus over Serial Line 1.02, 2.5.1).
    public var shortReads: Int {
        guard case .rtu(let line) = self else { return .max }
        let bits = Int64(1 + line.dataBits + line.stopBits + (line.parity == .none ? 0 : 1))
        let byte = bits * 1_000_000_000 / Int64(line.baud)
        let left = 40_000_000 - 2 * line.silence.wholeNanoseconds - 13 * byte
        return max(1, Int(left / (2 * byte)))
    }
}

/// A serial line's settings.
public struct SerialSettings: Hashable, Sendable {
    public enum Parity: String, Sendable, CaseIterable {
        case none, even, odd
    }

    public var device: String
    public var baud: Int
    public var parity: Parity
    public var dataBits: Int
    public var stopBits: Int
    /// The kernel drives the transceiver's direction.
    public var rs485: Bool

    public init(device: String, baud: Int, parity: Parity, dataBits: Int, stopBits: Int, rs485: Bool) {
        self.device = device
        self.baud = baud
        self.parity = parity
        self.dataBits = dataBits
        self.stopBits = stopBits
        self.rs485 = rs485
    }

    /// 3.5 characters of 11 bits; above 19,200 baud a fixed 1.75 ms (Modbus over Serial Line 1.02, 2.5.1.1).
    public var silence: Duration {
        baud > 19_200 ? .microseconds(1750) : .nanoseconds(38_500_000_000 / Int64(baud))
    }
}

/// One field bus of a site.
public struct BusSettings: Hashable, Sendable, Identifiable {
    public var id: String
    public var address: BusAddress
    /// How long a unit may take to answer.
    public var timeout: Duration

    public init(id: String, address: BusAddress, timeout: Duration) {
        self.id = id
        self.address = address
        self.timeout = timeout
    }
}

/// One device of a site: a unit on a bus, and what is known of its kind.
public struct DeviceSettings: Sendable, Identifiable {
    public var id: String
    public var bus: String
    /// 0–255.
    public var unit: UInt8
    public var map: RegisterMap

    public init(id: String, bus: String, unit: UInt8, map: RegisterMap) {
        self.id = id
        self.bus = bus
        self.unit = unit
        self.map = map
    }
}
