/// Writes of a fixed set of points: adjacent ones in one request.
struct WriteBlocks: Sendable {
    private struct Block: Sendable {
        var request: WriteRequest
        var slots: [(point: Point, encoder: RegisterEncoder, offset: Int)]
    }

    /// Registers in one write (Modbus Application Protocol 1.1b3, 6.12).
    private static let longest = 123
    private var blocks: [Block] = []

    /// In the order of addresses, or, with `keepsOrder`, in the order given.
    init(_ points: [Point], unit: UInt8, keepsOrder: Bool = false) {
        let sorted =
            keepsOrder ? points : points.sorted { ($0.table.rawValue, $0.address) < ($1.table.rawValue, $1.address) }
        for point in sorted {
            let slot = (point: point, encoder: RegisterEncoder(point), offset: 0)
            if let last = blocks.last, last.request.table == point.table,
                point.address == Int(last.request.address) + last.request.values.count,
                last.request.values.count + point.type.width <= Self.longest
            {
                var joined = slot
                joined.offset = last.request.values.count
                blocks[blocks.count - 1].slots.append(joined)
                blocks[blocks.count - 1].request.values += [UInt16](repeating: 0, count: point.type.width)
            } else {
                let values = [UInt16](repeating: 0, count: point.type.width)
                let request = WriteRequest(
                    unit: unit, table: point.table, address: UInt16(point.address), values: values)
                blocks.append(Block(request: request, slots: [slot]))
            }
        }
    }

    /// The requests with these values. What a register can't hold goes in as zeros: the readers of profiles have seen to
    /// it that nothing of the kind comes here.
    func requests(_ value: (Point) -> CommandValue) -> [WriteRequest] {
        blocks.map { block in
            var request = block.request
            for slot in block.slots {
                guard let words = try? slot.encoder.encode(value(slot.point)) else { continue }
                for (index, word) in words.enumerated() { request.values[slot.offset + index] = word }
            }
            return request
        }
    }
}
