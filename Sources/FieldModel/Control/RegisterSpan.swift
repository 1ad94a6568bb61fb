/// Reads that bring a set of points: adjacent ones together, none that touches an address between points.
struct RegisterSpans: Hashable, Sendable {
    private(set) var requests: [ReadRequest] = []
    private var places: [String: (request: Int, offset: Int)] = [:]

    init(_ points: [Point], unit: UInt8, longest: Int) {
        var sorted = points
        sorted.sort { ($0.table.rawValue, $0.address) < ($1.table.rawValue, $1.address) }
        for point in sorted {
            let limit = point.table.holdsBits ? 2000 : longest
            if let last = requests.last, last.table == point.table,
                point.address <= Int(last.address) + Int(last.count),
                point.addresses.upperBound - Int(last.address) <= limit
            {
                let end = max(Int(last.address) + Int(last.count), point.addresses.upperBound)
                requests[requests.count - 1].count = UInt16(end - Int(last.address))
            } else {
                requests.append(
                    ReadRequest(
                        unit: unit, table: point.table, address: UInt16(point.address), count: UInt16(point.type.width)
                    ))
            }
            places[point.id] = (requests.count - 1, point.address - Int(requests[requests.count - 1].address))
        }
    }

    /// The point's registers among what the requests brought.
    func words(of point: Point, in answers: [[UInt16]]) -> ArraySlice<UInt16>? {
        guard let (request, offset) = places[point.id], request < answers.count,
            offset + point.type.width <= answers[request].count
        else { return nil }
        return answers[request][offset..<(offset + point.type.width)]
    }

    static func == (left: RegisterSpans, right: RegisterSpans) -> Bool { left.requests == right.requests }
    func hash(into hasher: inout Hasher) { hasher.combine(requests) }
}
