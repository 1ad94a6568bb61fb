import Billing
import Calendars
import FieldGateTesting
import FieldModel
import Tariffs
import Testing

@Suite("Measuring")
struct MeasuringTests {
    private static func plan(_ meter: String, tz: String = "Asia/Shanghai") throws -> Tariff {
        try Desk.plan(
            text: """
                plan: p
                period: {tz: \(tz)}
                meters: [{id: m, \(meter)}]
                charges: [{id: c, kind: usage, meter: m, model: per_unit, price: "1"}]
                """)
    }

    private func quantity(_ measured: MeasuredPeriod) -> String { measured.readings[0][0].quantity.shown }

    /// `count` samples after one another, from the period's start.
    private func samples(_ desk: Desk, _ count: Int, seconds: Int64 = 900, _ bytes: (Int) -> Int64) -> [RatingRecord] {
        (0..<count).map { number in
            let at = desk.input.period.start.microseconds + Int64(number) * seconds * 1_000_000
            return desk.bytes(bytes(number), at: Timestamp(microseconds: at))
        }
    }

    @Test("The highest sample, in bits per second; lines are added inside a sample first")
    func maximum() throws {
        let desk = try Desk(try Self.plan("source: ip_bytes, unit: Mbit/s, aggregate: max, sample: 900s"))
        // 112.5 MB in 900 s are 1 Mbit/s.
        let records = [
            desk.bytes(112_500_000), desk.bytes(225_000_000, line: "l2"),
            desk.bytes(300_000_000, at: desk.input.period.start),
        ]
        #expect(quantity(try desk.measured(records)) == "3")
    }

    @Test("The 95th percentile drops the highest twentieth, rounded down")
    func percentile() throws {
        let desk = try Desk(try Self.plan("source: ip_bytes, unit: Mbit/s, aggregate: p95, sample: 900s"))
        // April has 2880 samples, of which 144 are dropped.
        #expect(quantity(try desk.measured(samples(desk, 144) { _ in 112_500_000 })) == "0")
        #expect(quantity(try desk.measured(samples(desk, 145) { _ in 112_500_000 })) == "1")
        #expect(quantity(try desk.measured(samples(desk, 2880) { Int64($0 + 1) * 112_500 })) == "2.736")
    }

    @Test("The time-weighted mean counts missing samples as nothing")
    func mean() throws {
        let desk = try Desk(try Self.plan("source: ip_bytes, unit: Mbit/s, aggregate: time_weighted, sample: 900s"))
        #expect(quantity(try desk.measured(samples(desk, 1440) { _ in 112_500_000 })) == "0.5")
    }

    @Test("Samples in a gap are left out, and counted")
    func gaps() throws {
        let desk = try Desk(try Self.plan("source: ip_bytes, unit: Mbit/s, aggregate: time_weighted, sample: 900s"))
        var accumulator = try Accumulator(desk.input)
        for record in samples(desk, 1440, { _ in 112_500_000 }) { accumulator.add(record) }
        // From the middle of one sample to the first microsecond of another: 1440 to 2160.
        let start = desk.input.period.start.microseconds
        accumulator.add(
            RatingGap(
                line: "l1", from: Timestamp(microseconds: start + 1440 * 900_000_000 + 5),
                to: Timestamp(microseconds: start + 2159 * 900_000_000 + 1)))
        let measured = try accumulator.finish()
        #expect(measured.readings[0][0].samples == 2160)
        #expect(measured.statistics.excludedSamples == 720)
        #expect(
            measured.readings[0][0].excluded.map { [$0.from.microseconds - start, $0.to.microseconds - start] } == [
                [1440 * 900_000_000, 2160 * 900_000_000]
            ])
        #expect(measured.statistics.gaps == 1)
        // 1440 of 2160.
        #expect(quantity(measured) == "~0.666667")
    }

    @Test("A sample of a day with a change of clocks is as long as the day")
    func longDay() throws {
        let desk = try Desk(
            try Self.plan("source: ip_bytes, unit: Mbit/s, aggregate: max, sample: day", tz: "Europe/Berlin"),
            "2026-10-10")
        // 25 hours at 1 Mbit/s.
        let record = desk.bytes(25 * 3600 * 125_000, at: try Desk.at("2026-10-25T10:00:00Z"))
        #expect(quantity(try desk.measured([record])) == "1")
        #expect(try desk.measured().readings[0][0].samples == 31)
    }

    @Test(
        "Samples stand on the wall clock, whatever the day's length",
        arguments: [
            ("Europe/Berlin", "2026-03-10", 2972), ("Europe/Berlin", "2026-10-10", 2980),
            ("Australia/Lord_Howe", "2026-10-10", 2974), ("Asia/Shanghai", "2028-02-01", 2784),
        ])
    func counted(_ zone: String, _ month: String, _ expected: Int) throws {
        let desk = try Desk(
            try Self.plan("source: ip_bytes, unit: Mbit/s, aggregate: max, sample: 900s", tz: zone), month)
        #expect(try desk.measured().readings[0][0].samples == expected)
    }

    @Test("Only the named classes and directions count")
    func filters() throws {
        func bytes(_ filter: String) throws -> String {
            let desk = try Desk(try Self.plan("source: ip_bytes, unit: B, \(filter)"))
            let records = [
                RatingRecord(
                    opened: desk.middle, line: "l1", trafficClass: 0x100, ratingGroup: "camera", up: 1, down: 2),
                RatingRecord(
                    opened: desk.middle, line: "l1", trafficClass: 0x10, ratingGroup: "control", up: 4, down: 8),
                RatingRecord(opened: desk.middle, line: "l1", trafficClass: 0, ratingGroup: nil, up: 16, down: 32),
            ]
            return quantity(try desk.measured(records))
        }
        #expect(try bytes("dir: both") == "63")
        #expect(try bytes("dir: up") == "21")
        #expect(try bytes("dir: down, classes: [camera, control]") == "10")
        #expect(try bytes("classes: [0x100, 16]") == "15")
        #expect(try bytes("classes: [nothing]") == "0")
    }

    @Test("A period ends where the next begins: a record belongs to the one that holds its opening")
    func halfOpen() throws {
        let desk = try Desk(try Self.plan("source: ip_bytes, unit: B", tz: "America/St_Johns"), "2026-03-10")
        let period = desk.input.period
        let moments = [
            period.start.microseconds - 1, period.start.microseconds, period.end.microseconds - 1,
            period.end.microseconds,
        ]
        let measured = try desk.measured(
            moments.enumerated().map { desk.bytes(1 << $0, at: Timestamp(microseconds: $1)) })
        #expect(quantity(measured) == "6")
        #expect(measured.statistics.foreign == 2 && measured.statistics.records == 2)
    }

    @Test(
        "An aggregate below zero is an error that names the meter",
        arguments: ["unit: B", "unit: B, quantize: {step: 1 B, per: connection}", "unit: Mbit/s, aggregate: max"])
    func negative(_ meter: String) throws {
        let desk = try Desk(try Self.plan("source: ip_bytes, \(meter)"))
        #expect {
            try desk.measured([desk.bytes(5), desk.bytes(-6)])
        } throws: { error in
            (error as? RatingFault)?.text.contains("the meter m comes to -") ?? false
        }
    }

    @Test(
        "Quantised up, down and to the nearest",
        arguments: [("up", "3"), ("down", "2"), ("half_up", "3"), ("half_even", "2")])
    func quantised(_ mode: String, _ expected: String) throws {
        for per in ["period", "connection"] {
            let desk = try Desk(
                try Self.plan("source: ip_bytes, unit: kB, quantize: {step: 1 kB, mode: \(mode), per: \(per)}"))
            #expect(quantity(try desk.measured([desk.bytes(2500)])) == expected)
        }
        let half = try Desk(
            try Self.plan("source: ip_bytes, unit: kB, quantize: {step: \"0.0005 kB\", per: connection}"))
        #expect(quantity(try half.measured([half.bytes(2500)])) == "2.5")
    }

    @Test("Lines and reserved rates have their values on dates, and the account's days without them count as nothing")
    func assigned() throws {
        var desk = try Desk(try Self.plan("source: gbr_mbps, unit: Mbit/s, aggregate: p95, sample: day"))
        func rate(_ line: String, _ megabits: String, _ from: String, _ to: String?) throws -> RatingInput.ReservedRate
        {
            RatingInput.ReservedRate(
                line: line, megabits: try #require(Rational(decimal: megabits)), from: try Desk.date(from),
                to: try to.map(Desk.date))
        }
        desk.input.reserved = [
            try rate("l1", "8", "2026-01-01", nil), try rate("l2", "12.5", "2026-04-10", "2026-04-12"),
            try rate("l3", "100", "2026-04-30", "2026-05-05"),
        ]
        // One of 30 days is dropped: the 30th.
        #expect(quantity(try desk.measured()) == "20.5")
    }

    @Test("Records of lines outside a pool are told, and not counted")
    func strangers() throws {
        let desk = try Desk(try Desk.plan("c3"), lines: ["l1"])
        let measured = try desk.measured([desk.messages(5), desk.messages(7, line: "x")])
        #expect(quantity(measured) == "5")
        #expect(measured.warnings == [.outsidePool(pool: "p", records: 1)])
    }

    @Test(
        "The order of records does not matter, and rating twice gives the same",
        arguments: ["c1a", "c3", "c6", "c8", "c8c", "c8p", "p95"], 0..<5)
    func order(_ name: String, _ seed: UInt64) throws {
        let plan = name == "p95" ? try Self.plan("source: ip_bytes, unit: Mbit/s, aggregate: p95") : try Desk.plan(name)
        let desk = try Desk(plan, lines: CaseTests.pool)
        var random = SeededRandom(seed: seed)
        let span = desk.input.period.start.microseconds...desk.input.period.end.microseconds
        var records = (0..<300).map { number in
            var record = desk.bytes(
                .random(in: 0...40_000_000_000, using: &random), line: "l\(Int.random(in: 1...11, using: &random))",
                at: Timestamp(microseconds: .random(in: span, using: &random)))
            record.messages = .random(in: 0...50, using: &random)
            record.connection = ConnectionKey(
                boot: "0b", start: UInt64.random(in: 0...3, using: &random), id: 7, tuple: "t")
            return record
        }
        // Corrections of some, at the time of their targets.
        records += records.prefix(20).map { record in
            var correction = record
            correction.up = -record.up / 2
            correction.messages = -record.messages
            return correction
        }
        let carry = CarryState([
            CarryState.Bucket(plan: "c8", pool: "p", quantity: Rational(7, over: 3), periodsLeft: 1)
        ])
        let first = try desk.rated(records, carry: carry)
        for _ in 0..<3 {
            records.shuffle(using: &random)
            #expect(try desk.rated(records, carry: carry) == first)
        }
        #expect(try first.measured.rated(carry: carry) == first)
        for line in first.lines where line.pool != nil {
            #expect(line.shares.reduce(0) { $0 + $1.amount.minor } == line.amount.minor)
        }
    }
}
