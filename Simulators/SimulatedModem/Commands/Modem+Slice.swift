/// Network slices (TS 27.007, 10.1.53 and 10.1.54).
extension Modem {
    static let sliceCommands: [String: Handler] = [
        "+C5GNSSAI": { modem, command in
            switch command.kind {
            case .test: .ok("+C5GNSSAI: (0-144)")
            case .set: .ok
            case .read, .execute: .ok("+C5GNSSAI: " + Self.counted(modem.world.allowedSlices.joined(separator: ":")))
            }
        },
        "+C5GNSSAIRDP": { modem, command in
            command.kind == .test ? .ok("+C5GNSSAIRDP: (0-3)") : .ok(modem.sliceReport(type: command.integer(0) ?? 3))
        },
    ]

    /// Length in octets, then the list in quotation marks.
    private static func counted(_ list: String) -> String {
        let digits = list.filter(\.isHexDigit).count
        return "\(digits / 2),\"\(list)\""
    }

    /// Of +C5GREG in mode 2.
    var allowedSliceText: String { "," + Self.counted(world.allowedSlices.joined(separator: ":")) }

    private func sliceReport(type: Int) -> [String] {
        guard case .registered(let cell) = registration, cell.technology == .nr else { return [] }
        let allowed = world.allowedSlices.joined(separator: ":")
        var first = "+C5GNSSAIRDP: " + Self.counted(world.allowedSlices.first ?? "")
        if type >= 1, !world.rejectedSlices.isEmpty {
            let rejected = world.rejectedSlices.sorted { $0.key < $1.key }
            let octets = rejected.reduce(0) { $0 + 1 + $1.key.filter(\.isHexDigit).count / 2 }
            first += ",\(octets),\"" + rejected.map { "\($0.key)#\($0.value)" }.joined(separator: ":") + "\""
        }
        guard type >= 2 else { return [first] }
        let network = cell.network ?? card?.homeNetwork ?? "00101"
        return [first, "+C5GNSSAIRDP: \"\(network)\",\(Self.counted(allowed)),\(Self.counted(allowed))"]
    }
}

extension World {
    /// A slice that the network does not offer is rejected with cause 0: not available in the network.
    package mutating func reject(slice: String, cause: Int) {
        allowedSlices.removeAll { $0 == slice }
        rejectedSlices[slice] = cause
    }

    package mutating func allow(slice: String) {
        rejectedSlices[slice] = nil
        if !allowedSlices.contains(slice) { allowedSlices.append(slice) }
    }

    func allows(slice: String) -> Bool { allowedSlices.contains(slice.uppercased()) }
}
