/// Requests on a serial line: unit, protocol data unit, check.
///
/// The specification ends a frame by 3.5 characters of silence. A pseudo-terminal carries no timing, so the end is told
/// from the function code, and silence only clears what is left of a broken frame.
package enum RTUFraming {
    /// The longest frame, in bytes.
    package static let longest = 256

    package enum Progress: Equatable, Sendable {
        /// More bytes are needed.
        case partial
        /// The first `length` bytes are a frame with a right check.
        case frame(length: Int)
        /// What is there can't be a frame.
        case broken
    }

    package static func progress(of bytes: UnsafeBufferPointer<UInt8>) -> Progress {
        guard bytes.count >= 4 else { return .partial }
        guard let length = requestLength(bytes) else { return bytes.count < longest ? .partial : .broken }
        guard length <= longest else { return .broken }
        guard bytes.count >= length else { return .partial }
        let check = CRC16.of(UnsafeBufferPointer(rebasing: bytes[0..<(length - 2)]))
        let sent = UInt16(bytes[length - 1]) << 8 | UInt16(bytes[length - 2])
        return check == sent ? .frame(length: length) : .broken
    }

    /// nil when the bytes so far do not tell.
    private static func requestLength(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        switch bytes[1] {
        case 1...6: 8
        case 0x0F, 0x10: bytes.count > 6 ? 9 + Int(bytes[6]) : nil
        case 0x16: 10
        case 0x17: bytes.count > 10 ? 13 + Int(bytes[10]) : nil
        default: unknownLength(bytes)
        }
    }

    /// A function this server does not have still deserves its exception: any prefix with a right check is the frame.
    private static func unknownLength(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        (4...min(bytes.count, longest)).first { length in
            let check = CRC16.of(UnsafeBufferPointer(rebasing: bytes[0..<(length - 2)]))
            return check == UInt16(bytes[length - 1]) << 8 | UInt16(bytes[length - 2])
        }
    }

    /// Puts the check after `length` bytes and returns the length of the whole frame.
    package static func seal(_ frame: UnsafeMutablePointer<UInt8>, length: Int) -> Int {
        let check = CRC16.of(UnsafeBufferPointer(start: UnsafePointer(frame), count: length))
        frame[length] = UInt8(truncatingIfNeeded: check)
        frame[length + 1] = UInt8(truncatingIfNeeded: check >> 8)
        return length + 2
    }
}
