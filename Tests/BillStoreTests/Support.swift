import BillStore
import BillTesting
import FieldModel
import PeerTesting
import Testing
import UsageWire

/// The two stores that one suite is run against.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, postgres

    var testDescription: String { rawValue }
}

/// A store of one test's own, opened as often as wanted.
struct TestStore {
    let address: StoreAddress
    private let folder: TemporaryFolder

    init(_ kind: StoreKind) async throws {
        folder = try TemporaryFolder()
        address =
            switch kind {
            case .sqlite: .file(folder.path("bill.db"))
            case .postgres: .server(try await PostgresServer.shared.value.freshDatabase())
            }
    }

    func open() throws -> any BillingLedger { try address.open() }
}

let received = Timestamp(rfc3339: "2026-11-20T00:00:00Z") ?? Timestamp(microseconds: 0)

extension BillingLedger {
    @discardableResult
    func take(_ records: [UsageRecord]) throws -> IngestReport { try take(records.map(\.line)) }

    @discardableResult
    func take(_ lines: [String]) throws -> IngestReport {
        try ingest(lines.map { Arrival(Array($0.utf8), place: "test") }, received: received)
    }

    /// What is counted of a gateway, by record.
    func counted(_ gateway: String) throws -> [BookedUsage] {
        var entries: [BookedUsage] = []
        try usage(
            of: gateway, from: Timestamp(microseconds: 0), to: Timestamp(microseconds: .max / 2)
        ) { entry throws(StoreFault) in entries.append(entry) }
        return entries.sorted { ($0.epoch, $0.sequence) < ($1.epoch, $1.sequence) }
    }

    func heads() throws -> [String] {
        try chains().map { "\($0.gateway)/\($0.epoch): \($0.head.sequence), \($0.held) held" }
    }
}

/// A month of a gateway's records: a boot record and so many of traffic, with checkpoints between.
func month(_ name: String, records: Int, epoch: UInt32 = 1) -> TestGateway {
    var gateway = TestGateway(name, epoch: epoch)
    for number in 0..<records {
        let (hour, minute) = (number / 60 % 24, number % 60)
        let day = 1 + number / 1440
        let at =
            "2026-10-\(day < 10 ? "0" : "")\(day)T\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute):00Z"
        gateway.traffic(at) {
            $0.connection = UInt32(number % 7 + 1)
            $0.up = Int64(1000 + number)
            $0.down = Int64(500 + number % 13)
        }
    }
    return gateway
}
