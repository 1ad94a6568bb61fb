import FieldModel
import Foundation
import PeerTesting
import SQLite
import Testing

@testable import Store

@Suite("Looking into a spool")
struct SpoolInspectionTests {
    @Test("shows of a closed spool what the spool itself showed, and changes nothing")
    func closed() async throws {
        let house = try SpoolHouse()
        let shown = try await house.with { spool in
            try await spool.commit((0..<10).map { body($0) })
            try await spool.commit([body(1)], to: .audit)
            spool.settle(.telemetry, through: 4, by: "a")
            try await spool.commit([body(11)])
            return spool.state
        }
        let file = URL(filePath: house.settings.directory + "/spool.db")
        let before = try Data(contentsOf: file)
        let state = try SpoolInspection.state(of: house.settings)
        #expect(state == shown)
        #expect(try Data(contentsOf: file) == before)
    }

    @Test("looks into a spool that is open without disturbing it")
    func open() async throws {
        let house = try SpoolHouse()
        try await house.with { spool in
            for number in 0..<50 {
                try await spool.commit([body(number)])
                #expect(try SpoolInspection.state(of: house.settings).streams == spool.state.streams)
            }
        }
    }

    @Test("says that there is no spool yet, that it is damaged, or why it cannot be read")
    func refusals() async throws {
        let house = try SpoolHouse()
        #expect(throws: SpoolFault.self) { try SpoolInspection.state(of: house.settings) }
        try await house.with { _ in }
        try Data("nonsense, and long enough to look like something".utf8)
            .write(to: URL(filePath: house.settings.directory + "/spool.db"))
        #expect {
            _ = try SpoolInspection.state(of: house.settings)
        } throws: { error in
            guard case SpoolFault.corrupt(let message) = error else { return false }
            return message.contains(house.settings.directory)
        }
    }
}

@Suite("The database")
struct DatabaseTests {
    @Test("synchronises every commit: WAL with synchronous at FULL")
    func pragmas() throws {
        let folder = try TemporaryFolder()
        let database = try Database.open(folder.path("x.db"), .create)
        #expect(try database.integer("PRAGMA synchronous") == 2)
        #expect(try database.text("PRAGMA journal_mode") == "wal")
    }

    @Test("rolls a failed transaction back whole")
    func rollback() throws {
        let folder = try TemporaryFolder()
        let database = try Database.open(folder.path("x.db"), .create)
        try database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT")
        #expect(throws: DatabaseError.self) {
            try database.transaction { () throws(DatabaseError) in
                try database.execute("INSERT INTO t VALUES (1)")
                try database.execute("INSERT INTO t VALUES (1)")
            }
        }
        #expect(try database.integer("SELECT count(*) FROM t") == 0)
        try database.transaction { () throws(DatabaseError) in try database.execute("INSERT INTO t VALUES (1)") }
        #expect(try database.integer("SELECT count(*) FROM t") == 1)
    }
}
