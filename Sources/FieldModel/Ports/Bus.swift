/// A read of adjacent registers or bits of one unit.
public struct ReadRequest: Hashable, Sendable {
    /// 0–255; 255 (or 0) for a TCP device that has none.
    public var unit: UInt8
    public var table: RegisterTable
    /// Zero-based.
    public var address: UInt16
    /// 1–125 registers or 1–2000 bits.
    public var count: UInt16

    public init(unit: UInt8, table: RegisterTable, address: UInt16, count: UInt16) {
        self.unit = unit
        self.table = table
        self.address = address
        self.count = count
    }
}

/// A write of adjacent registers or coils of one unit.
public struct WriteRequest: Hashable, Sendable {
    public var unit: UInt8
    /// `coil` or `holding`.
    public var table: RegisterTable
    public var address: UInt16
    /// Registers, or 0 and 1 for coils.
    public var values: [UInt16]

    public init(unit: UInt8, table: RegisterTable, address: UInt16, values: [UInt16]) {
        self.unit = unit
        self.table = table
        self.address = address
        self.values = values
    }
}

/// What can go wrong in a transaction; the case says what the caller can do.
public enum BusFault: Error, Hashable, Sendable {
    /// No answer in time: the unit is silent or slow, the connection may be good.
    case timeout
    /// The unit refused; asking the same again gives the same.
    case exception(UInt8)
    /// No connection, with the system's reason. Connect again, later.
    case disconnected(String)
    /// An answer to another question. The connection was closed, lest answers stay off by one.
    case protocolViolation(String)

    /// The quality of what was not read.
    public var quality: Quality {
        switch self {
        case .timeout: .timeout
        case .exception(let code): .exception(code)
        case .disconnected: .disconnected
        case .protocolViolation: .protocolViolation
        }
    }

    /// Nothing was heard of the unit itself: no answer in time, or a gateway in between says so (10 and 11).
    public var isSilence: Bool {
        switch self {
        case .timeout, .exception(10), .exception(11): true
        case .exception, .disconnected, .protocolViolation: false
        }
    }

    /// For people: `no answer in time`, `exception 2 (illegal data address)`, …
    public var summary: String {
        switch self {
        case .timeout: "no answer in time"
        case .exception(let code): "exception \(code)\(Self.exceptionNames[code].map { " (\($0))" } ?? "")"
        case .disconnected(let reason): "not connected: \(reason)"
        case .protocolViolation(let detail): "wrong answer: \(detail)"
        }
    }

    /// Modbus Application Protocol 1.1b3, clause 7.
    private static let exceptionNames: [UInt8: String] = [
        1: "illegal function", 2: "illegal data address", 3: "illegal data value", 4: "device failure",
        5: "acknowledge", 6: "device busy", 8: "memory parity error", 10: "gateway path unavailable",
        11: "gateway target did not respond",
    ]
}

/// One field bus. Its owner, a single thread, makes one transaction at a time.
///
/// Every call blocks for at most the bus's response timeout.
public protocol Bus: AnyObject {
    /// Connects when there is no connection; nothing otherwise.
    func connect() throws(BusFault)

    /// Reads into the front of `values`: registers, or 0 and 1 for bits. `values` holds at least `request.count`.
    func read(_ request: ReadRequest, into values: inout [UInt16]) throws(BusFault)

    /// Writes, and returns when the unit has confirmed the write.
    func write(_ request: WriteRequest) throws(BusFault)

    /// Closes the connection; the next transaction needs `connect`.
    func disconnect()
}
