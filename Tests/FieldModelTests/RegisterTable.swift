import FieldModel
import Testing

/// A value and its registers in all four orders, worked out by hand from the bytes.
struct RegisterCase: Sendable, CustomTestStringConvertible {
    let type: PointType
    let value: PointValue
    /// Words and bytes big: ABCD.
    let big: [UInt16]
    /// Words little: CDAB.
    let wordsLittle: [UInt16]
    /// Bytes little: BADC.
    let bytesLittle: [UInt16]
    /// Both little: DCBA.
    let bothLittle: [UInt16]

    init(
        _ type: PointType, _ value: PointValue, _ big: [UInt16], _ wordsLittle: [UInt16], _ bytesLittle: [UInt16],
        _ bothLittle: [UInt16]
    ) {
        self.type = type
        self.value = value
        self.big = big
        self.wordsLittle = wordsLittle
        self.bytesLittle = bytesLittle
        self.bothLittle = bothLittle
    }

    var testDescription: String { "\(type.name) \(value)" }

    var orders: [(ByteOrder, [UInt16])] {
        [
            (.big, big), (ByteOrder(wordsAreLittle: true), wordsLittle),
            (ByteOrder(bytesAreLittle: true), bytesLittle),
            (ByteOrder(wordsAreLittle: true, bytesAreLittle: true), bothLittle),
        ]
    }

    func point(_ order: ByteOrder) -> Point {
        Point(
            id: "p", table: type == .bool ? .coil : .holding, address: 0, type: type, order: order, group: nil,
            write: WriteRule())
    }

    /// Whole-register types: they decode to the value, and the value encodes to them.
    static let all: [RegisterCase] = [
        RegisterCase(.u16, .integer(4660), [0x1234], [0x1234], [0x3412], [0x3412]),
        RegisterCase(.u16, .integer(65_535), [0xFFFF], [0xFFFF], [0xFFFF], [0xFFFF]),
        RegisterCase(.i16, .integer(-2), [0xFFFE], [0xFFFE], [0xFEFF], [0xFEFF]),
        RegisterCase(.i16, .integer(-32_768), [0x8000], [0x8000], [0x0080], [0x0080]),
        RegisterCase(
            .u32, .integer(305_419_896), [0x1234, 0x5678], [0x5678, 0x1234], [0x3412, 0x7856], [0x7856, 0x3412]),
        RegisterCase(
            .u32, .integer(4_294_967_294), [0xFFFF, 0xFFFE], [0xFFFE, 0xFFFF], [0xFFFF, 0xFEFF], [0xFEFF, 0xFFFF]),
        RegisterCase(
            .i32, .integer(-19_088_744), [0xFEDC, 0xBA98], [0xBA98, 0xFEDC], [0xDCFE, 0x98BA], [0x98BA, 0xDCFE]),
        RegisterCase(
            .u64, .integer(81_985_529_216_486_895), [0x0123, 0x4567, 0x89AB, 0xCDEF],
            [0xCDEF, 0x89AB, 0x4567, 0x0123], [0x2301, 0x6745, 0xAB89, 0xEFCD], [0xEFCD, 0xAB89, 0x6745, 0x2301]),
        RegisterCase(
            .i64, .integer(-81_985_529_216_486_896), [0xFEDC, 0xBA98, 0x7654, 0x3210],
            [0x3210, 0x7654, 0xBA98, 0xFEDC], [0xDCFE, 0x98BA, 0x5476, 0x1032], [0x1032, 0x5476, 0x98BA, 0xDCFE]),
        // 123.456 is sign 0, exponent 133, fraction 0x76E979; −0.15625 is −1.25 × 2^−3.
        RegisterCase(
            .f32, .float(123.456), [0x42F6, 0xE979], [0xE979, 0x42F6], [0xF642, 0x79E9], [0x79E9, 0xF642]),
        RegisterCase(
            .f32, .float(-0.15625), [0xBE20, 0x0000], [0x0000, 0xBE20], [0x20BE, 0x0000], [0x0000, 0x20BE]),
        RegisterCase(
            .f64, .double(3.141592653589793), [0x4009, 0x21FB, 0x5444, 0x2D18], [0x2D18, 0x5444, 0x21FB, 0x4009],
            [0x0940, 0xFB21, 0x4454, 0x182D], [0x182D, 0x4454, 0xFB21, 0x0940]),
        RegisterCase(.bcd16, .integer(1234), [0x1234], [0x1234], [0x3412], [0x3412]),
        RegisterCase(
            .bcd32, .integer(12_345_678), [0x1234, 0x5678], [0x5678, 0x1234], [0x3412, 0x7856], [0x7856, 0x3412]),
        // Text runs on whatever the order of words.
        RegisterCase(
            .string(registers: 3), .text("FG-8!"), [0x4647, 0x2D38, 0x2100], [0x4647, 0x2D38, 0x2100],
            [0x4746, 0x382D, 0x0021], [0x4746, 0x382D, 0x0021]),
        RegisterCase(
            .string(registers: 2), .text("\u{20AC}1"), [0xE282, 0xAC31], [0xE282, 0xAC31], [0x82E2, 0x31AC],
            [0x82E2, 0x31AC]),
        RegisterCase(.bool, .bool(true), [1], [1], [1], [1]),
        RegisterCase(.bool, .bool(false), [0], [0], [0], [0]),
    ]
}
