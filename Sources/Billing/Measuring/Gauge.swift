import Calendars
import FieldModel

/// Adds up what one meter counts in one segment; with a pool, only of its members. Its size depends on the number of
/// samples, lines and, where it quantises each connection, connections: never on the number of records.
struct Gauge: Sendable {
    let meter: Meter
    let pool: Pool?
    let grid: SampleGrid?
    /// In bytes, messages or 10⁻¹² of an external unit.
    private(set) var total: Int128 = 0
    /// By the accumulator's number of the line.
    private(set) var perLine: [Int128] = []
    private(set) var samples: [Int128] = []
    private(set) var excluded: [Bool] = []
    private(set) var connections: [Part: Int128] = [:]
    private(set) var recordsOutsidePool = 0
    private let members: Set<String>
    /// Lines that something else of the plan counts: of other pools, or all where another charge takes this meter whole.
    private let isCountedElsewhere: Bool
    private let neighbours: Set<String>

    struct Part: Hashable {
        var line: Int
        var connection: ConnectionKey?
    }

    init(meter: Meter, pool: Pool?, segment: Segment) {
        self.meter = meter
        self.pool = pool
        members = Set(pool?.members ?? [])
        let plan = segment.plan
        neighbours = pool == nil ? [] : Set(plan.pools.filter { $0.meter == meter.id }.flatMap(\.members))
        isCountedElsewhere = plan.charges.contains { plan.meter(of: $0)?.id == meter.id && plan.pool(of: $0) == nil }
        guard meter.isSampled else {
            grid = nil
            return
        }
        let grid = SampleGrid(
            from: segment.from, to: segment.to, zone: segment.plan.periods.zone, sample: meter.sample)
        self.grid = grid
        guard !meter.source.isAssigned else { return }
        samples = Array(repeating: 0, count: grid.count)
        excluded = Array(repeating: false, count: grid.count)
    }

    func counts(line: String) -> Bool { pool == nil || members.contains(line) }

    mutating func add(_ record: RatingRecord, line: Int) {
        let amount: Int128
        switch meter.source {
        case .bytes:
            switch meter.direction {
            case .up: amount = Int128(record.up)
            case .down: amount = Int128(record.down)
            case .both: amount = Int128(record.up) + Int128(record.down)
            }
        case .messages: amount = Int128(record.messages)
        case .external, .lines, .guaranteedRate: return
        }
        guard amount != 0 else { return }
        guard
            meter.classes.isEmpty
                || meter.classes.contains(where: {
                    $0.matches(group: record.ratingGroup, trafficClass: record.trafficClass)
                })
        else { return }
        guard counts(line: record.line) else {
            noteStranger(record.line)
            return
        }
        add(amount, line: line, at: record.opened)
        if meter.quantize?.isPerConnection == true {
            connections[Part(line: line, connection: record.connection), default: 0] += amount
        }
    }

    mutating func add(_ reading: ExternalReading, line: Int) {
        guard case .external(reading.name) = meter.source else { return }
        guard counts(line: reading.line) else {
            noteStranger(reading.line)
            return
        }
        add(reading.scaled, line: line, at: reading.opened)
    }

    mutating func add(_ gap: RatingGap) {
        guard let grid, !meter.source.isAssigned, counts(line: gap.line) else { return }
        for index in grid.touched(from: gap.from.microseconds, to: gap.to.microseconds) { excluded[index] = true }
    }

    /// Traffic that no charge counts, since its line is in no pool of this meter.
    private mutating func noteStranger(_ line: String) {
        if !isCountedElsewhere, !neighbours.contains(line) { recordsOutsidePool += 1 }
    }

    private mutating func add(_ amount: Int128, line: Int, at moment: Timestamp) {
        total += amount
        while perLine.count <= line { perLine.append(0) }
        perLine[line] += amount
        if let grid, let index = grid.index(of: moment) { samples[index] += amount }
    }
}
