import FieldModel
import Testing

/// A spool under test: `open` makes it or opens the same one again, `close` lets it go before that and at the end.
public struct SpoolSubject {
    public var open: () throws -> any Spool
    public var close: (any Spool) -> Void

    public init(open: @escaping () throws -> any Spool, close: @escaping (any Spool) -> Void = { _ in }) {
        self.open = open
        self.close = close
    }
}

/// What every spool must do, one law a test: `@Test(arguments: SpoolConformance.allCases)`.
///
/// ```swift
/// func law(_ law: SpoolConformance) async throws { try await law.check(SpoolSubject { MemorySpool() }) }
/// ```
public enum SpoolConformance: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case numbersAreGapless = "Rows are numbered without gaps from 1 in each stream, in order of acceptance"
    case numbersAreGaplessUnderContention = "Rows appended by many at once are numbered without gaps"
    case rowsComeInOrder = "Rows come oldest first, above the asked number, and never more than asked for"
    case settledRowsGo = "A settled row goes, and its number is not given again"
    case everyConsumerCounts = "A row stays until every consumer has settled it"
    case settlingIsMonotonic = "A cursor never goes back"
    case cursorsSurvive = "Cursors, rows and numbers survive closing and opening again"
    case rejectedRowsAreKept = "A rejected row is kept aside and stands in nobody's way"
    case epochIsConstant = "The epoch is in every row and stays the same when opened again"
    case layoutsKeepTheirNumber = "A layout keeps its number, another gets another, an unknown number has none"
    case changesAreTold = "Every consumer is told when rows are committed"
    case stateCounts = "The state counts the rows and bytes that are not settled"

    public var testDescription: String { rawValue }

    /// `subject` must be fresh: an empty spool of its own.
    public func check(_ subject: SpoolSubject) async throws {
        let bench = try SpoolBench(subject)
        defer { bench.close() }
        switch self {
        case .numbersAreGapless: try await bench.numbersAreGapless()
        case .numbersAreGaplessUnderContention: try await bench.numbersAreGaplessUnderContention()
        case .rowsComeInOrder: try await bench.rowsComeInOrder()
        case .settledRowsGo: try await bench.settledRowsGo()
        case .everyConsumerCounts: try await bench.everyConsumerCounts()
        case .settlingIsMonotonic: try await bench.settlingIsMonotonic()
        case .cursorsSurvive: try await bench.cursorsSurvive()
        case .rejectedRowsAreKept: try await bench.rejectedRowsAreKept()
        case .epochIsConstant: try await bench.epochIsConstant()
        case .layoutsKeepTheirNumber: try bench.layoutsKeepTheirNumber()
        case .changesAreTold: try await bench.changesAreTold()
        case .stateCounts: try await bench.stateCounts()
        }
    }
}
