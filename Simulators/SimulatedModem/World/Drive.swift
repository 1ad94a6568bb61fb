import SimulatorKit

/// Which cell serves the vehicle and how well, over time.
package struct Drive: Equatable, Sendable {
    package struct Point: Equatable, Sendable {
        /// Nanoseconds since the start.
        package var at: Int64
        /// nil where there is no cell.
        package var cell: Cell?
        package var signal: Signal

        package init(at: Int64, cell: Cell?, signal: Signal = Signal(rsrp: -140, rsrq: -20, sinr: -20)) {
            (self.at, self.cell, self.signal) = (at, cell, signal)
        }
    }

    package let points: [Point]
    /// Nanoseconds after which it begins anew; nil for a drive that ends and stays where it is.
    package let period: Int64?

    /// The points are in the order of their time, at least one.
    package init(_ points: [Point], period: Int64? = nil) {
        precondition(!points.isEmpty)
        (self.points, self.period) = (points, period)
    }

    /// Where the vehicle is: a value between two points of one cell is interpolated.
    package func point(at time: Int64) -> Point {
        let time = period.map { time % $0 } ?? time
        let place = points.lastIndex { $0.at <= time } ?? 0
        var point = points[place]
        if place + 1 < points.count, point.cell == points[place + 1].cell, time > point.at {
            let next = points[place + 1]
            point.signal = point.signal.blended(with: next.signal, Double(time - point.at) / Double(next.at - point.at))
        }
        return point
    }

    /// Six cells along a haul road, a minute each, there and back: every cell is met weak, grows, and is left weak.
    package static func synthetic(seed: UInt64, technology: RadioTechnology) -> Drive {
        var random = Randomness(seed: seed)
        let order = [1, 2, 3, 4, 5, 6, 5, 4, 3, 2]
        let minute: Int64 = 60_000_000_000
        let points = order.enumerated().flatMap { place, id in
            let start = Int64(place) * minute
            let best = -82 + 6 * random.signed()
            let cell = Cell(id: 16 * id, technology: technology)
            let edge = Signal(rsrp: -103, rsrq: -14, sinr: 4)
            return [
                Point(at: start, cell: cell, signal: edge),
                Point(at: start + minute / 2, cell: cell, signal: Signal(rsrp: best, rsrq: -10.5, sinr: 21)),
                Point(at: start + minute - 1, cell: cell, signal: edge),
            ]
        }
        return Drive(points, period: Int64(order.count) * minute)
    }
}
