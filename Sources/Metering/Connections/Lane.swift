import FieldModel

/// What all connections of one mark have in common.
struct Lane: Sendable {
    let placement: Placement
    let limit: LinkLimit
    /// What they grew by and no balance was told of yet.
    var up: Int64 = 0
    var down: Int64 = 0

    mutating func add(_ growth: ConnectionAccount.Growth) {
        up += growth.up
        down += growth.down
    }
}

/// The lanes by mark: there are few.
struct LaneTable: Sendable {
    private var places: [UInt32: Int] = [:]
    private var lanes: [Lane] = []

    var indices: Range<Int> { lanes.indices }
    func place(of mark: UInt32) -> Int? { places[mark] }

    subscript(place: Int) -> Lane {
        _read { yield lanes[place] }
        _modify { yield &lanes[place] }
    }

    mutating func add(_ lane: Lane, for mark: UInt32) -> Int {
        places[mark] = lanes.count
        lanes.append(lane)
        return lanes.count - 1
    }
}
