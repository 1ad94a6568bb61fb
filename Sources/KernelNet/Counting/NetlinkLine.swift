import CSystem
import FieldModel
import Platform

/// Questions to the kernel over netlink, one at a time; each is answered within two seconds or fails. One thread.
final class NetlinkLine {
    private static let patience = Duration.seconds(2)
    private let socket: Int32
    private var sequence: UInt32 = 0
    private let room: UnsafeMutableRawBufferPointer

    init(_ family: Int32) throws(SystemError) {
        socket = try SystemError.check(fg_netlink_open(family))
        _ = fg_receive_room(socket, 1 << 20)
        room = .allocate(byteCount: 65_536, alignment: 16)
    }

    deinit {
        close(socket)
        room.deallocate()
    }

    /// `each` sees the bytes after each answer's header. A question for a list ends with the list, another with its answer.
    func ask(
        _ type: UInt16, isList: Bool, _ body: [UInt8], _ each: (UnsafeRawBufferPointer) -> Void
    ) throws(SystemError) {
        sequence &+= 1
        let flags = UInt16(NLM_F_REQUEST) | (isList ? 0x300 : 0)
        let message =
            Self.bytes(UInt32(16 + body.count)) + Self.bytes(type) + Self.bytes(flags) + Self.bytes(sequence)
            + Self.bytes(UInt32(0)) + body
        try SystemError.check(Int32(clamping: fg_netlink_send(socket, message, message.count)))
        let deadline = fg_boottime_ns() + Self.patience.wholeNanoseconds
        while true {
            let count = fg_netlink_receive(socket, room.baseAddress, room.count, 0)
            if count == -Int64(EAGAIN) || count == -Int64(EINTR) || count == -Int64(EPROTO) {
                try wait(until: deadline)
                continue
            }
            try SystemError.check(Int32(clamping: count))
            let bytes = UnsafeRawBufferPointer(rebasing: room[..<min(Int(count), room.count)])
            if try answers(bytes, isList, each) { return }
        }
    }

    /// True when the last answer was among them.
    private func answers(
        _ bytes: UnsafeRawBufferPointer, _ isList: Bool, _ each: (UnsafeRawBufferPointer) -> Void
    ) throws(SystemError) -> Bool {
        var offset = 0
        while offset + 16 <= bytes.count {
            let length = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            guard length >= 16, offset + length <= bytes.count else { return false }
            let type = Int32(bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt16.self))
            let isMine = bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self) == sequence
            let body = UnsafeRawBufferPointer(rebasing: bytes[(offset + 16)..<(offset + length)])
            offset += (length + 3) & ~3
            guard isMine else { continue }
            if type == NLMSG_DONE { return true }
            if type == NLMSG_ERROR {
                try SystemError.check(body.count >= 4 ? body.loadUnaligned(as: Int32.self) : -EINVAL)
                return true
            }
            each(body)
            if !isList { return true }
        }
        return false
    }

    private func wait(until deadline: Int64) throws(SystemError) {
        var watch = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        let left = deadline - fg_boottime_ns()
        guard left > 0, poll(&watch, 1, Int32(clamping: left / 1_000_000 + 1)) > 0 else {
            throw SystemError(code: ETIMEDOUT)
        }
    }

    static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }

    /// An attribute with a text, as a question has it.
    static func attribute(_ type: UInt16, _ text: String) -> [UInt8] {
        let content = Array(text.utf8) + [0]
        let padding = [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
        return bytes(UInt16(4 + content.count)) + bytes(type) + content + padding
    }

    /// The attributes that follow `offset` bytes of fixed content: their types without flags, and their contents.
    static func attributes(
        _ bytes: UnsafeRawBufferPointer, from offset: Int, _ each: (Int, UnsafeRawBufferPointer) -> Void
    ) {
        var place = offset
        while place + 4 <= bytes.count {
            let length = Int(bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
            guard length >= 4, place + length <= bytes.count else { return }
            let type = Int(bytes.loadUnaligned(fromByteOffset: place + 2, as: UInt16.self) & 0x3FFF)
            each(type, UnsafeRawBufferPointer(rebasing: bytes[(place + 4)..<(place + length)]))
            place += (length + 3) & ~3
        }
    }
}
