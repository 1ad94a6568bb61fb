import FieldModel

/// What a group of a profile reads, and how it decodes: the same for every device of the profile.
package struct GroupPlan: Sendable {
    package let group: PollGroup
    package let points: [Point]
    package let blocks: [ReadBlock]
    fileprivate let decoders: [RegisterDecoder]

    package init(_ group: PollGroup, of map: RegisterMap) {
        self.group = group
        points = map.points.filter { $0.group == group.id }
        blocks = ReadPlan(points: points, maxRegisters: map.maxRegisters, maxCoils: map.maxCoils).blocks
        decoders = points.map(RegisterDecoder.init)
    }
}

/// One device's group, ready to be polled.
package struct GroupPoll: Sendable {
    package let device: String
    package let unit: UInt8
    package let period: Duration
    package let layout: UInt32
    package let blocks: [ReadBlock]
    private let decoders: [RegisterDecoder]
    private var readings: [Reading]
    private var delays: [Int]
    private var first: Moment?
    private var report = ReportPolicy()

    /// When a reply arrived, on both clocks.
    package struct Moment: Sendable {
        package var instant: Instant
        package var utc: Timestamp
        package var clock: Timestamp.ClockQuality

        package init(instant: Instant, utc: Timestamp, clock: Timestamp.ClockQuality) {
            self.instant = instant
            self.utc = utc
            self.clock = clock
        }
    }

    package init(_ plan: GroupPlan, device: String, unit: UInt8, layout: UInt32) {
        self.device = device
        self.unit = unit
        self.layout = layout
        period = plan.group.period
        blocks = plan.blocks
        decoders = plan.decoders
        readings = Array(repeating: .bad(.timeout), count: plan.points.count)
        delays = Array(repeating: 0, count: plan.points.count)
    }

    package var pointCount: Int { decoders.count }

    package mutating func begin() {
        first = nil
    }

    /// A block's reply: decodes its points.
    package mutating func take(_ block: Int, _ values: [UInt16], at moment: Moment) {
        let delay = self.delay(at: moment)
        values.withUnsafeBufferPointer { registers in
            for slot in blocks[block].slots {
                let own = UnsafeBufferPointer(rebasing: registers[slot.offset..<slot.offset + slot.width])
                readings[slot.point] = decoders[slot.point].decode(own)
                delays[slot.point] = delay
            }
        }
    }

    /// A block that failed: its points carry the reason.
    package mutating func fail(_ block: Int, _ quality: Quality, at moment: Moment) {
        let delay = self.delay(at: moment)
        for slot in blocks[block].slots {
            readings[slot.point] = .bad(quality)
            delays[slot.point] = delay
        }
    }

    /// The finished poll as a batch; nil when it says nothing new (the same failure as last time).
    package mutating func finish(at moment: Moment) -> TelemetryBatch? {
        let stamp = first ?? moment
        guard report.admits(readings) else { return nil }
        return TelemetryBatch(
            layout: layout, time: stamp.utc, monotonic: stamp.instant, clock: stamp.clock, readings: readings,
            delays: runs())
    }

    private mutating func delay(at moment: Moment) -> Int {
        guard let first else {
            self.first = moment
            return 0
        }
        return Int(first.instant.duration(to: moment.instant).wholeMilliseconds)
    }

    private func runs() -> [TelemetryBatch.Delay] {
        guard blocks.count > 1 else { return [] }
        var runs: [TelemetryBatch.Delay] = []
        for delay in delays {
            if runs.last?.milliseconds == delay {
                runs[runs.count - 1].count += 1
            } else {
                runs.append(TelemetryBatch.Delay(count: 1, milliseconds: delay))
            }
        }
        return runs
    }
}

/// What is worth telling: every poll that brought something, and a failure once.
package struct ReportPolicy: Sendable {
    private var lastFailure: [Reading]?

    package init() {}

    package mutating func admits(_ readings: [Reading]) -> Bool {
        guard readings.allSatisfy({ $0.quality != .good }) else {
            lastFailure = nil
            return true
        }
        guard readings != lastFailure else { return false }
        lastFailure = readings
        return true
    }
}
