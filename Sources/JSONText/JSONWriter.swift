import FieldModel

/// Writes JSON into one buffer that is used again and again: no allocation once it has grown.
package struct JSONWriter: ~Copyable {
    private var buffer: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int = 4096) {
        self.capacity = capacity
        buffer = .allocate(capacity: capacity)
    }

    deinit {
        buffer.deallocate()
    }

    /// What has been written; valid until the next write.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: buffer, count: count) }

    package mutating func clear() { count = 0 }

    /// Takes back the last byte: the comma after the last member.
    package mutating func removeLast() { count -= 1 }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    private mutating func grow(_ more: Int) {
        let larger = max(capacity * 2, count + more)
        let new = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        new.update(from: buffer, count: count)
        buffer.deallocate()
        buffer = new
        capacity = larger
    }

    @inline(__always)
    package mutating func raw(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve(bytes.count)
        if let start = bytes.baseAddress { (buffer + count).update(from: start, count: bytes.count) }
        count += bytes.count
    }

    package mutating func raw(_ text: StaticString) {
        raw(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func raw(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { raw($0) }
    }

    package mutating func unescaped(_ text: String) {
        var text = text
        text.withUTF8 { raw($0) }
    }

    /// A JSON string (RFC 8259, 7): quotes, backslashes and control characters escaped.
    package mutating func string(_ text: String) {
        reserve(text.utf8.count * 6 + 2)
        put("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                put("\\")
                put(byte)
            case 0..<0x20:
                for digit in "\\u00".utf8 { put(digit) }
                put(Self.hex[Int(byte >> 4)])
                put(Self.hex[Int(byte & 15)])
            default: put(byte)
            }
        }
        put("\"")
    }

    @inline(__always)
    package mutating func integer(_ value: Int64) {
        reserve(20)
        if value < 0 { put("-") }
        digits(value.magnitude)
    }

    package mutating func unsigned(_ value: UInt64) {
        reserve(20)
        digits(value)
    }

    package mutating func time(_ time: Timestamp) {
        reserve(26)
        put("\"")
        time.write(to: UnsafeMutableBufferPointer(start: buffer + count, count: 24))
        count += 24
        put("\"")
    }

    package mutating func value(_ value: PointValue) {
        switch value {
        case .decimal(let number) where number.digits == 0: integer(number.mantissa)
        case .decimal(let number): decimal(number)
        case .bool(true): raw("true")
        case .bool(false): raw("false")
        case .unsigned(let number): unsigned(number)
        // JSON has no word for infinity, nor for what is no number.
        case .float(let number): if number.isFinite { unescaped(number.description) } else { raw("null") }
        case .double(let number): if number.isFinite { unescaped(number.description) } else { raw("null") }
        case .text(let text): string(text)
        }
    }

    /// An exact decimal, without trailing zeros.
    private mutating func decimal(_ number: DecimalNumber) {
        let number = number.reduced
        reserve(40)
        if number.mantissa < 0 { put("-") }
        let magnitude = number.mantissa.magnitude
        guard number.digits > 0 else { return digits(magnitude) }
        let unit = Self.powersOfTen[Int(number.digits)]
        digits(magnitude / unit)
        put(".")
        var rest = magnitude % unit
        for place in (0..<Int(number.digits)).reversed() {
            buffer[count + place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        count += Int(number.digits)
    }

    @inline(__always)
    private mutating func digits(_ value: UInt64) {
        var length = 1
        var bound: UInt64 = 10
        while value >= bound {
            length += 1
            let (next, over) = bound.multipliedReportingOverflow(by: 10)
            if over { break }
            bound = next
        }
        var rest = value
        var place = count + length
        while rest >= 10 {
            place -= 1
            buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        buffer[place - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)
        count += length
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        buffer[count] = byte
        count += 1
    }

    @inline(__always)
    private mutating func put(_ mark: Unicode.Scalar) { put(UInt8(ascii: mark)) }

    private static let hex = Array("0123456789abcdef".utf8)
    private static let powersOfTen: [UInt64] = (0...18).map { exponent in
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    /// The whole as text, for people and for tests.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension JSONWriter {
    /// `,"name":value`
    package mutating func member(_ name: String, _ value: PointValue) {
        raw(",")
        string(name)
        raw(":")
        self.value(value)
    }
}
