import BillStore
import BillTesting
import FieldModel
import PeerTesting
import Testing

@Suite("What the desk writes down, in both stores")
struct BusinessTests {
    private let plan = StoredPlan(id: "p", version: 1, hash: "aa", text: "plan: p\n", file: "p.yaml")

    private func invoice(_ number: String, account: String = "m", starts: Int64 = 10) -> StoredInvoice {
        StoredInvoice(
            number: number, kind: .invoice, subject: account, starts: Timestamp(microseconds: starts),
            ends: Timestamp(microseconds: starts + 10), issued: received, document: "{\"n\":\"\(number)\"}",
            accounts: [StoredInvoice.Account(account: account, starts: Timestamp(microseconds: starts), data: "{}")])
    }

    @Test("numbers of a series have no gaps, also when an invoice is refused", arguments: StoreKind.allCases)
    func numbers(_ kind: StoreKind) async throws {
        let store = try await TestStore(kind)
        let ledger = try store.open()
        #expect(try ledger.issue(series: "INV") { invoice($0) }.number == "INV-000001")
        #expect(throws: StoreFault.self) { try ledger.issue(series: "INV") { invoice($0) } }
        #expect(try store.open().issue(series: "INV") { invoice($0, starts: 20) }.number == "INV-000002")
        #expect(try ledger.issue(series: "CN") { invoice($0, account: "n") }.number == "CN-000001")
        #expect(try ledger.invoices(of: "m").map(\.number) == ["INV-000001", "INV-000002"])
        #expect(try ledger.charged("m").map(\.number) == ["INV-000001", "INV-000002"])
    }

    @Test("an issued invoice cannot be changed or taken away", arguments: StoreKind.allCases)
    func immutable(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        _ = try ledger.issue(series: "INV") { invoice($0) }
        for change in [
            "UPDATE invoice SET document = 'x'", "DELETE FROM invoice", "DELETE FROM invoiced",
            "UPDATE invoiced SET data = ''",
        ] {
            #expect(throws: StoreFault.refused("an issued invoice is never changed: credit it"), "\(change)") {
                do throws(StoreFault) { try ledger.run(change, []) } catch {
                    throw error.text.contains("an issued invoice is never changed: credit it")
                        ? StoreFault.refused("an issued invoice is never changed: credit it") : error
                }
            }
        }
        #expect(try ledger.invoice("INV-000001")?.document == "{\"n\":\"INV-000001\"}")
    }

    @Test("a version of a plan is never another text", arguments: StoreKind.allCases)
    func plans(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        #expect(try ledger.addPlan(plan, at: received))
        #expect(try !ledger.addPlan(plan, at: received))
        var other = plan
        other.hash = "bb"
        #expect(throws: StoreFault.self) { try ledger.addPlan(other, at: received) }
        #expect(try ledger.plans() == [plan])
    }

    @Test("a quantity counts once under its reference, and only within its time", arguments: StoreKind.allCases)
    func quantities(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        func tonnes(_ at: Int64, _ quantity: String, _ reference: String) -> ExternalQuantity {
            ExternalQuantity(
                subject: "m", name: "tonnes", at: Timestamp(microseconds: at), quantity: quantity, source: "scale",
                reference: reference)
        }
        #expect(try ledger.add([tonnes(5, "1.5", "a"), tonnes(6, "2", "b"), tonnes(5, "1.5", "a")], at: received) == 2)
        #expect(throws: StoreFault.self) { try ledger.add([tonnes(5, "9", "a")], at: received) }
        let found = try ledger.quantities(of: "m", from: Timestamp(microseconds: 5), to: Timestamp(microseconds: 6))
        #expect(found.map(\.quantity) == ["1.5"])
    }

    @Test("assignments stay in the order they were said; customers can be mended", arguments: StoreKind.allCases)
    func assignments(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        let said = [
            Assignment(subject: "m", kind: .plan, value: "p@1", starts: "2026-10-01"),
            Assignment(subject: "m", kind: .plan, value: nil, starts: "2026-11-01"),
            Assignment(subject: "m", kind: .sim, item: "l", value: "8986", starts: "2026-01-01"),
        ]
        try ledger.assign(said, at: received)
        #expect(try ledger.assignments() == said)
        try ledger.keep(Customer(id: "c", name: "A", address: "x", taxID: "1", language: "en"))
        let mended = Customer(id: "c", name: "北京", address: "y", taxID: "2", language: "zh")
        try ledger.keep(mended)
        #expect(try ledger.customers() == [mended])
    }

    @Test("what is thrown within a transaction undoes all of it", arguments: StoreKind.allCases)
    func rollBack(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        #expect(throws: StoreFault.refused("no")) {
            try ledger.transaction { () throws(StoreFault) in
                try ledger.run("INSERT INTO word (id, text) VALUES (?1, ?2)", [1, "a"])
                throw .refused("no")
            }
        }
        #expect(try ledger.words().isEmpty)
    }

    @Test("many rows come one after another, with other questions between", arguments: StoreKind.allCases)
    func streaming(_ kind: StoreKind) async throws {
        let ledger = try await TestStore(kind).open()
        try ledger.transaction { () throws(StoreFault) in
            try ledger.insert(
                into: "word", ["id", "text"], (1...10_000).map { [.integer(Int64($0)), .text("w\($0)")] })
        }
        var sum: Int64 = 0
        var nested = 0
        try ledger.each("SELECT id, text FROM word ORDER BY id", []) { row throws(StoreFault) in
            sum += row.integer(0)
            if row.integer(0) % 1000 == 0 {
                nested += Int(
                    try ledger.integer("SELECT count(*) FROM word WHERE id <= ?1", [.integer(row.integer(0))]))
            }
        }
        #expect(sum == 50_005_000)
        #expect(nested == 55_000)
    }

    @Test("a store of somebody else, of a newer version, or none at all is refused with words")
    func foreign() async throws {
        let folder = try TemporaryFolder()
        let garbage = try folder.write(String(repeating: "no database ", count: 100), to: "garbage.db")
        let fault = #expect(throws: StoreFault.self) { try StoreAddress.file(garbage).open() }
        #expect(fault?.text.contains("no database that can be read") == true)
        let other = try SQLiteLedger(path: folder.path("other.db"))
        try other.execute("CREATE TABLE song (id INTEGER)")
        let wrong = #expect(throws: StoreFault.self) { try StoreAddress.file(folder.path("other.db")).open() }
        #expect(wrong?.text.contains("holds other tables (song)") == true)
        let newer = try StoreAddress.file(folder.path("new.db")).open()
        try newer.execute("UPDATE fieldbill SET value = '99' WHERE key = 'version'")
        let late = #expect(throws: StoreFault.self) { try StoreAddress.file(folder.path("new.db")).open() }
        #expect(late?.text.contains("written by a newer fieldbill") == true)
        let nowhere = #expect(throws: StoreFault.self) { try StoreAddress.server("host=/nowhere dbname=x").open() }
        #expect(nowhere?.text.contains("PostgreSQL cannot be reached") == true)
    }
}
