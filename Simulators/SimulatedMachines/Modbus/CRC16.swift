/// The cyclic redundancy check of the serial line: Modbus over Serial Line V1.02, clause 6.2.2.
package enum CRC16 {
    /// The check of `bytes`; its low byte goes onto the line first.
    package static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt16 {
        var check: UInt16 = 0xFFFF
        for byte in bytes {
            check = (check >> 8) ^ table[Int(UInt8(truncatingIfNeeded: check) ^ byte)]
        }
        return check
    }

    package static func of(_ bytes: [UInt8]) -> UInt16 { bytes.withUnsafeBufferPointer { of($0) } }

    private static let table: [UInt16] = (0..<256).map { index in
        var check = UInt16(index)
        for _ in 0..<8 { check = check & 1 == 0 ? check >> 1 : (check >> 1) ^ 0xA001 }
        return check
    }
}
