import FieldModel

/// One read of adjacent registers, and which points it brings.
package struct ReadBlock: Hashable, Sendable {
    package struct Slot: Hashable, Sendable {
        /// Index into the group's points.
        package var point: Int
        /// Registers from the block's start.
        package var offset: Int
        package var width: Int
    }

    package var table: RegisterTable
    package var address: Int
    package var count: Int
    package var slots: [Slot]

    package var addresses: Range<Int> { address..<address + count }

    package func request(unit: UInt8) -> ReadRequest {
        ReadRequest(unit: unit, table: table, address: UInt16(address), count: UInt16(count))
    }
}

/// The reads that bring a group of points: as few as the device's limits allow, and none that touches an address
/// between points. A pure function of the points.
package struct ReadPlan: Hashable, Sendable {
    package let blocks: [ReadBlock]

    package init(points: [Point], maxRegisters: Int, maxCoils: Int) {
        var blocks: [ReadBlock] = []
        let order = points.indices.sorted { left, right in
            let (a, b) = (points[left], points[right])
            return (a.table.rank, a.address, a.type.width, left) < (b.table.rank, b.address, b.type.width, right)
        }
        for index in order {
            let point = points[index]
            let limit = point.table.holdsBits ? maxCoils : maxRegisters
            var slot = ReadBlock.Slot(point: index, offset: 0, width: point.type.width)
            if let last = blocks.last, last.table == point.table, point.address <= last.addresses.upperBound,
                max(point.addresses.upperBound, last.addresses.upperBound) - last.address <= limit
            {
                slot.offset = point.address - last.address
                blocks[blocks.count - 1].count = max(last.count, slot.offset + slot.width)
                blocks[blocks.count - 1].slots.append(slot)
            } else {
                blocks.append(
                    ReadBlock(table: point.table, address: point.address, count: point.type.width, slots: [slot]))
            }
        }
        self.blocks = blocks
    }
}

extension RegisterTable {
    fileprivate var rank: Int {
        switch self {
        case .coil: 0
        case .discrete: 1
        case .input: 2
        case .holding: 3
        }
    }
}
