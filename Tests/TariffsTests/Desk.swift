import Billing
import Calendars
import Configuration
import FieldModel
import Foundation
import Tariffs
import Testing

/// A clerk's desk for tests: plans from files or texts, and an account under one of them.
struct Desk {
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let fixtures = repository.appending(path: "Tests/Fixtures/tariffs")
    static let shipped = repository.appending(path: "Firmware-Config/tariffs")

    /// Loads a plan that has to be without mistakes.
    static func plan(_ name: String, in folder: URL = fixtures.appending(path: "cases")) throws -> Tariff {
        let bytes = try Data(contentsOf: folder.appending(path: "\(name).yaml"))
        return try plan(Array(bytes), name: "\(name).yaml")
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOf: fixtures.appending(path: "cases/\(name).yaml"), encoding: .utf8)
    }

    static func plan(text: String) throws -> Tariff { try plan(Array(text.utf8), name: "plan.yaml") }

    private static func plan(_ bytes: [UInt8], name: String) throws -> Tariff {
        let loaded = TariffLoader().load(bytes, file: name)
        #expect(loaded.problems.map(\.text) == [])
        return try #require(loaded.tariff)
    }

    var input: RatingInput

    /// One account under one plan for the period that contains a date.
    init(_ plan: Tariff, _ month: String = "2026-04-01", lines: [String] = ["l1"]) throws {
        let from = try #require(LocalDate("2020-01-01"))
        input = RatingInput(
            account: "customer", period: plan.periods.period(containing: try Self.date(month)),
            plans: [RatingInput.PlanAssignment(plan: plan, from: from)],
            lines: lines.map { RatingInput.LineAssignment(line: $0, from: from) })
    }

    static func date(_ text: String) throws -> LocalDate { try #require(LocalDate(text)) }
    static func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    /// The middle of the period.
    var middle: Timestamp {
        Timestamp(microseconds: (input.period.start.microseconds + input.period.end.microseconds) / 2)
    }

    func bytes(_ count: Int64, line: String = "l1", at: Timestamp? = nil) -> RatingRecord {
        RatingRecord(opened: at ?? middle, line: line, ratingGroup: "camera", up: count)
    }

    func messages(_ count: Int64, line: String = "l1", at: Timestamp? = nil) -> RatingRecord {
        RatingRecord(opened: at ?? middle, line: line, messages: count)
    }

    func external(_ name: String, _ quantity: String, line: String = "l1") throws -> ExternalReading {
        try #require(ExternalReading(opened: middle, line: line, name: name, quantity: quantity))
    }

    func measured(_ records: [RatingRecord] = [], external: [ExternalReading] = []) throws -> MeasuredPeriod {
        var accumulator = try Accumulator(input)
        for record in records { accumulator.add(record) }
        for reading in external { accumulator.add(reading) }
        return try accumulator.finish()
    }

    func rated(
        _ records: [RatingRecord] = [], external: [ExternalReading] = [], carry: CarryState = CarryState()
    ) throws -> RatedPeriod {
        try measured(records, external: external).rated(carry: carry)
    }
}

extension RatedPeriod {
    var amounts: [String] { lines.map(\.amount.text) }
    func line(_ charge: String) -> RatedLine? { lines.first { $0.charge == charge } }
}
