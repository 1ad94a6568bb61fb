/// One of the four Modbus tables (Modbus Application Protocol 1.1b3, 4.3).
public enum RegisterTable: String, Sendable, CaseIterable {
    case coil, discrete, input, holding

    /// Coils and discrete inputs hold bits; the others 16-bit registers.
    public var holdsBits: Bool { self == .coil || self == .discrete }
    public var isWritable: Bool { self == .coil || self == .holding }
}

/// How a point is laid out in its registers.
public enum PointType: Hashable, Sendable {
    case bool
    /// One bit of a register, 0 the least significant.
    case bit(UInt8)
    case i16, u16, i32, u32, i64, u64, f32, f64
    /// Four decimal digits a register, most significant first.
    case bcd16, bcd32
    /// Two bytes a register; trailing NULs and spaces are cut.
    case string(registers: Int)

    /// Registers (or bits, in a table of bits) the point covers.
    public var width: Int {
        switch self {
        case .bool, .bit, .i16, .u16, .bcd16: 1
        case .i32, .u32, .f32, .bcd32: 2
        case .i64, .u64, .f64: 4
        case .string(let registers): registers
        }
    }

    /// Scale and offset apply to numbers only.
    public var isNumber: Bool {
        switch self {
        case .bool, .bit, .string: false
        default: true
        }
    }

    public var name: String {
        switch self {
        case .bool: "bool"
        case .bit: "bit"
        case .i16: "i16"
        case .u16: "u16"
        case .i32: "i32"
        case .u32: "u32"
        case .i64: "i64"
        case .u64: "u64"
        case .f32: "f32"
        case .f64: "f64"
        case .bcd16: "bcd16"
        case .bcd32: "bcd32"
        case .string: "string"
        }
    }
}

/// The order of a point's registers, and of the two bytes in each. Modbus itself is big in both.
public struct ByteOrder: Hashable, Sendable {
    /// The least significant register comes first (CDAB).
    public var wordsAreLittle: Bool
    /// The least significant byte of each register comes first (BADC).
    public var bytesAreLittle: Bool

    public init(wordsAreLittle: Bool = false, bytesAreLittle: Bool = false) {
        self.wordsAreLittle = wordsAreLittle
        self.bytesAreLittle = bytesAreLittle
    }

    public static let big = ByteOrder()
}

/// value = raw × scale + offset, in exact decimals.
public struct Scaling: Hashable, Sendable {
    public var scale: DecimalNumber
    public var offset: DecimalNumber

    public init(scale: DecimalNumber = .one, offset: DecimalNumber = .zero) {
        self.scale = scale
        self.offset = offset
    }

    public static let none = Scaling()
}

/// What a set-point must satisfy.
public struct WriteRule: Hashable, Sendable {
    /// Limits in engineering units, both included.
    public var minimum: DecimalNumber?
    public var maximum: DecimalNumber?
    /// The registers are read again after the write and compared.
    public var readBack: Bool

    public init(minimum: DecimalNumber? = nil, maximum: DecimalNumber? = nil, readBack: Bool = true) {
        self.minimum = minimum
        self.maximum = maximum
        self.readBack = readBack
    }
}

/// One quantity of a device: where it is, how to read it, what it means.
public struct Point: Hashable, Sendable, Identifiable {
    public var id: String
    public var table: RegisterTable
    /// Zero-based.
    public var address: Int
    public var type: PointType
    public var order: ByteOrder
    public var scaling: Scaling
    public var unit: String?
    public var summary: String?
    public var labels: [Int64: String]
    /// The poll group; nil for a point that is never polled.
    public var group: String?
    /// Present when the point may be written.
    public var write: WriteRule?

    public init(
        id: String, table: RegisterTable, address: Int, type: PointType, order: ByteOrder = .big,
        scaling: Scaling = .none, unit: String? = nil, summary: String? = nil, labels: [Int64: String] = [:],
        group: String?, write: WriteRule? = nil
    ) {
        self.id = id
        self.table = table
        self.address = address
        self.type = type
        self.order = order
        self.scaling = scaling
        self.unit = unit
        self.summary = summary
        self.labels = labels
        self.group = group
        self.write = write
    }

    /// The addresses the point covers.
    public var addresses: Range<Int> { address..<address + type.width }
}

/// Points that are read together, every `period`.
public struct PollGroup: Sendable, Identifiable {
    public var id: String
    public var period: Duration

    public init(id: String, period: Duration) {
        self.id = id
        self.period = period
    }
}

/// Everything FieldGate knows of one type of device: the decoded profile.
public struct RegisterMap: Sendable, Identifiable {
    public var id: String
    public var title: String
    /// Most registers (1–125) and most coils (1–2000) in one read.
    public var maxRegisters: Int
    public var maxCoils: Int
    public var groups: [PollGroup]
    public var points: [Point]
    /// How it is driven remotely, where it can be.
    public var control: ControlMap?

    public init(
        id: String, title: String, maxRegisters: Int = 125, maxCoils: Int = 2000, groups: [PollGroup], points: [Point],
        control: ControlMap? = nil
    ) {
        self.id = id
        self.title = title
        self.maxRegisters = maxRegisters
        self.maxCoils = maxCoils
        self.groups = groups
        self.points = points
        self.control = control
    }
}
