/// The registers of a machine at one instant, as the wire carries them.
package struct RegisterImage: Sendable {
    /// One table; an address that is not in the data sheet holds nil.
    private var tables: [Table: [UInt16?]] = [:]

    package init<Machine>(of machine: Machine, rows: [RegisterRow<Machine>]) {
        for table in Table.allCases {
            let end = rows.lazy.filter { $0.layout.table == table }.map(\.layout.addresses.upperBound).max() ?? 0
            tables[table] = Array(repeating: nil, count: end)
        }
        update(of: machine, rows: rows)
    }

    /// Bits that share a register are joined; a whole-register row beside them carries the same bits.
    package mutating func update<Machine>(of machine: Machine, rows: [RegisterRow<Machine>]) {
        for row in rows {
            let words = row.layout.encode(row.quantity(of: machine))
            if case .bit(let place) = row.layout.type {
                let others = (tables[row.layout.table]![row.layout.address] ?? 0) & ~row.layout.mask(of: place)
                tables[row.layout.table]![row.layout.address] = others | words[0]
            } else {
                for (index, word) in words.enumerated() {
                    tables[row.layout.table]![row.layout.address + index] = word
                }
            }
        }
    }

    /// nil unless every address exists. Coils and discrete inputs hold 0 or 1.
    package func words(_ table: Table, at address: Int, count: Int) -> [UInt16]? {
        guard let held = tables[table], address + count <= held.count else { return nil }
        let words = held[address..<(address + count)].compactMap(\.self)
        return words.count == count ? words : nil
    }
}

extension RegisterLayout {
    fileprivate func mask(of place: Int) -> UInt16 {
        order.bytesSwapped ? (UInt16(1) << place).byteSwapped : UInt16(1) << place
    }
}
