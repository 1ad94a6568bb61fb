import FieldModel
import FuzzDriver
import ModbusLink

// Bytes 0–3 choose the request, the fifth how the rest, the device's bytes, is cut into pieces.
Fuzzing.run { bytes in
    guard bytes.count > 5 else { return }
    let isWrite = bytes[0] & 4 != 0
    let tables: [RegisterTable] = isWrite ? [.coil, .holding] : RegisterTable.allCases
    let table = tables[Int(bytes[0] & 3) % tables.count]
    let most: UInt16 = isWrite ? 100 : table.holdsBits ? 2000 : 125
    let count = 1 + (UInt16(bytes[1]) << 8 | UInt16(bytes[2])) % most
    var connection = Connection(pending: bytes[5...], piece: 1 + Int(bytes[4]))
    for transaction in 1...3 as ClosedRange<UInt16> {
        do throws(BusFault) {
            if isWrite {
                let write = WriteRequest(
                    unit: bytes[3], table: table, address: 0, values: [UInt16](repeating: 1, count: Int(count)))
                let encoded = ProtocolDataUnit.encode(write)
                try connection.reply(transaction, bytes[3]) { reply throws(BusFault) in
                    try ProtocolDataUnit.check(reply, to: write, encoded: encoded)
                }
            } else {
                let read = ReadRequest(unit: bytes[3], table: table, address: 0, count: count)
                var values = [UInt16](repeating: 0, count: Int(count))
                try connection.reply(transaction, bytes[3]) { reply throws(BusFault) in
                    try ProtocolDataUnit.decode(reply, to: read, into: &values)
                }
                Fuzzing.require(!table.holdsBits || values.allSatisfy { $0 < 2 }, "a bit that is neither 0 nor 1")
            }
        } catch {
            Fuzzing.require(!error.summary.isEmpty, "a fault without words")
            if case .exception = error { continue }
            return
        }
    }
}

/// A connection on which the device's bytes come in pieces, and then nothing.
struct Connection {
    var pending: Slice<UnsafeBufferPointer<UInt8>>
    let piece: Int
    var scanner = ReplyScanner()

    mutating func reply(
        _ transaction: UInt16, _ unit: UInt8, _ body: (UnsafeBufferPointer<UInt8>) throws(BusFault) -> Void
    ) throws(BusFault) {
        while true {
            if let frame = try scanner.next(transaction, unit: unit) { return try scanner.take(frame, body) }
            guard receive() > 0 else { throw .timeout }
        }
    }

    private mutating func receive() -> Int {
        let pending = self.pending.prefix(piece)
        let received = scanner.fill { room in
            Fuzzing.require(!room.isEmpty, "no room for the rest of a frame")
            let taken = pending.prefix(room.count)
            room.copyBytes(from: taken)
            return taken.count
        }
        self.pending.removeFirst(received)
        return received
    }
}
