import FieldModel
import SQLite

/// Which points the packed rows of a device hold, under a number.
extension SpoolEngine {
    func register(_ layout: Layout) throws(DatabaseError) -> UInt32 {
        let body = layout.encoded
        if let known = try number(of: body) { return known }
        return try database.transaction { () throws(DatabaseError) -> UInt32 in
            defer { insertLayout.reset() }
            return try insertLayout.bind(1, body) { () throws(DatabaseError) -> UInt32 in
                guard try insertLayout.step() else { return 0 }
                let number = UInt32(clamping: insertLayout.integer(0))
                _ = try insertLayout.step()
                return number
            }
        }
    }

    private func number(of body: [UInt8]) throws(DatabaseError) -> UInt32? {
        defer { findLayout.reset() }
        return try findLayout.bind(1, body) { () throws(DatabaseError) -> UInt32? in
            try findLayout.step() ? UInt32(clamping: findLayout.integer(0)) : nil
        }
    }

    func layout(_ number: UInt32) throws(DatabaseError) -> Layout? {
        selectLayout.bind(1, Int64(number))
        defer { selectLayout.reset() }
        return try selectLayout.step() ? Layout(encoded: selectLayout.bytes(0)) : nil
    }
}

extension Layout {
    /// Device and points, each as a text of `ByteWriter`.
    fileprivate var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 16 * points.count)
        for name in [device] + points { writer.text(name) }
        return writer.bytes
    }

    fileprivate init?(encoded: [UInt8]) {
        var reader = ByteReader(encoded)
        guard let device = reader.text() else { return nil }
        var points: [String] = []
        while reader.remaining > 0 {
            guard let point = reader.text() else { return nil }
            points.append(point)
        }
        self.init(device: device, points: points)
    }
}
