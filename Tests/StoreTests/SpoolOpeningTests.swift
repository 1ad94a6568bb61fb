import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import Store
import Testing

@Suite("Opening a spool")
struct SpoolOpeningTests {
    private func epochFile(_ house: SpoolHouse) throws -> String {
        try String(contentsOfFile: house.settings.directory + "/epoch", encoding: .utf8)
    }

    private func names(_ house: SpoolHouse) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: house.settings.directory).sorted()
    }

    @Test("makes the folder and begins epoch 1, which stays")
    func fresh() async throws {
        let house = try SpoolHouse()
        house.settings.directory += "/deeper/still"
        for _ in 0..<3 { try await house.with { #expect($0.epoch == 1) } }
        #expect(try epochFile(house) == "1\n")
        #expect(house.notices.isEmpty)
    }

    @Test("begins a new epoch when the database is gone and its epoch is remembered")
    func databaseGone() async throws {
        let house = try SpoolHouse()
        try await house.with { try await $0.commit([body(1)]) }
        for name in try names(house) where name.hasPrefix("spool.db") {
            try FileManager.default.removeItem(atPath: house.settings.directory + "/" + name)
        }
        try await house.with { spool in
            #expect(spool.epoch == 2)
            try await spool.commit([body(1)])
            #expect(try await spool.all(.telemetry).map(\.identity.epoch) == [2])
        }
        #expect(try epochFile(house) == "2\n")
    }

    enum Damage: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case garbage = "garbage in place of the file"
        case garbageHeader = "garbage over the first page"
        case truncated = "a file cut in half"
        case cutInFirstPage = "a file cut in its first page"
        case text = "a text file"

        var testDescription: String { rawValue }

        func inflict(on path: String) throws {
            let url = URL(filePath: path)
            let whole = try Data(contentsOf: url)
            switch self {
            case .garbage:
                try Data((0..<whole.count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) }).write(to: url)
            case .garbageHeader: try (Data(repeating: 0x5A, count: 4096) + whole.dropFirst(4096)).write(to: url)
            case .truncated: try whole.prefix(whole.count / 2).write(to: url)
            case .cutInFirstPage: try whole.prefix(700).write(to: url)
            case .text: try Data("precious\n".utf8).write(to: url)
            }
        }
    }

    @Test("sets a damaged file aside under a dated name and begins a new epoch", arguments: Damage.allCases)
    func damage(_ damage: Damage) async throws {
        let house = try SpoolHouse()
        try await house.with { try await $0.commit((0..<200).map { body($0, bytes: 500) }) }
        let path = house.settings.directory + "/spool.db"
        try damage.inflict(on: path)
        let damaged = try Data(contentsOf: URL(filePath: path))
        try await house.with { spool in
            #expect(spool.epoch == 2)
            #expect(spool.last(of: .telemetry) == 0)
            try await spool.commit([body(1)])
        }
        #expect(try epochFile(house) == "2\n")
        let notice = try #require(house.notices.first)
        #expect(notice.contains("damaged") && notice.contains("20261120T080000"))
        let aside = try #require(names(house).first { $0 == "spool.db.damaged-20261120T080000" })
        #expect(try Data(contentsOf: URL(filePath: "\(house.settings.directory)/\(aside)")) == damaged)
        try await house.with { #expect($0.epoch == 2 && $0.last(of: .telemetry) == 1) }
    }

    @Test("damage of the same second does not replace what was set aside before")
    func damagedTwice() async throws {
        let house = try SpoolHouse()
        for _ in 0..<2 {
            try await house.with { try await $0.commit([body(1)]) }
            try Damage.text.inflict(on: house.settings.directory + "/spool.db")
        }
        try await house.with { #expect($0.epoch == 3) }
        #expect(try names(house).filter { $0.contains(".damaged-") }.count == 2)
    }

    @Test("refuses a spool that another process holds, and names folder and process")
    func locked() async throws {
        let house = try SpoolHouse()
        let holder = try Peer(Place.product("SpoolFiller"), [house.settings.directory, "100"], in: house.folder)
        try await holder.says("10 ")
        #expect {
            _ = try house.open()
        } throws: { error in
            guard case SpoolFault.locked(let message) = error else { return false }
            return message.contains(house.settings.directory) && message.contains("process \(holder.pid)")
                && message.contains("spool.directory")
        }
        holder.kill()
        try await house.with { _ in }
    }

    @Test("refuses a spool that this process has open already")
    func openTwice() async throws {
        let house = try SpoolHouse()
        try await house.with { _ in
            #expect(throws: SpoolFault.self) { try house.open() }
        }
        try await house.with { _ in }
    }

    @Test("says where a folder cannot be made")
    func belowAFile() throws {
        let house = try SpoolHouse()
        try house.folder.write("a file", to: "file")
        house.settings.directory = house.folder.path("file/spool")
        #expect {
            _ = try house.open()
        } throws: { error in
            guard case SpoolFault.unavailable(let message) = error else { return false }
            return message.contains("file/spool") && message.contains("Not a directory")
        }
    }

    @Test("refuses tables of a newer version, and leaves them alone")
    func newer() async throws {
        let house = try SpoolHouse()
        try await house.with { try await $0.commit([body(1)]) }
        guard Place.tool("sqlite3") != nil else { return }
        let path = house.settings.directory + "/spool.db"
        _ = try await Peer.run("sqlite3", [path, "PRAGMA user_version = 99"], in: house.folder)
        #expect {
            _ = try house.open()
        } throws: { error in
            guard case SpoolFault.unavailable(let message) = error else { return false }
            return message.contains("newer FieldGate")
        }
        #expect(try names(house).allSatisfy { !$0.contains("damaged") })
    }
}
