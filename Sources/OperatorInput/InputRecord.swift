import FieldModel

/// One record of evdev: `struct input_event` of 64-bit Linux, in the machine's own byte order.
public struct InputRecord: Hashable, Sendable {
    /// When it happened, on the recorder's clock; nothing is decided by it.
    public var time: Duration
    public var type: UInt16
    public var code: UInt16
    public var value: Int32

    public init(time: Duration = .zero, type: UInt16, code: UInt16, value: Int32) {
        self.time = time
        self.type = type
        self.code = code
        self.value = value
    }

    /// Two times 8 bytes of time, then type, code and value.
    public static let size = 24

    /// The records' types and the codes of type `synchronisation` (linux/input-event-codes.h).
    public enum Kind {
        public static let synchronisation: UInt16 = 0
        public static let key: UInt16 = 1
        public static let absolute: UInt16 = 3
    }

    /// Ends a packet: what it told happened at one moment.
    public static let report = InputRecord(type: Kind.synchronisation, code: 0, value: 0)
    /// The kernel's buffer ran over: everything up to the next report is to be thrown away.
    public static let dropped = InputRecord(type: Kind.synchronisation, code: 3, value: 0)

    public static func key(_ code: UInt16, _ isDown: Bool) -> InputRecord {
        InputRecord(type: Kind.key, code: code, value: isDown ? 1 : 0)
    }

    public static func axis(_ code: UInt16, _ value: Int32) -> InputRecord {
        InputRecord(type: Kind.absolute, code: code, value: value)
    }

    /// Reads the first 24 bytes of `bytes`.
    init(_ bytes: UnsafeRawBufferPointer) {
        let seconds = bytes.loadUnaligned(fromByteOffset: 0, as: Int64.self)
        let microseconds = bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self)
        time = .seconds(seconds) + .microseconds(microseconds)
        type = bytes.loadUnaligned(fromByteOffset: 16, as: UInt16.self)
        code = bytes.loadUnaligned(fromByteOffset: 18, as: UInt16.self)
        value = bytes.loadUnaligned(fromByteOffset: 20, as: Int32.self)
    }

    public var bytes: [UInt8] {
        let microseconds = time.wholeNanoseconds / 1000
        return Self.bytes(of: microseconds / 1_000_000) + Self.bytes(of: microseconds % 1_000_000)
            + Self.bytes(of: type) + Self.bytes(of: code) + Self.bytes(of: value)
    }

    private static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }
}
