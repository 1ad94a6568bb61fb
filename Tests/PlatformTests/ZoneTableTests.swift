import FieldModel
import Platform
import Testing

@Suite("A time zone of the system")
struct ZoneTableTests {
    private func seconds(_ zone: String, _ time: String) throws -> Int {
        let changes = try #require(ZoneTable.changes(of: zone))
        let moment = try #require(Timestamp(rfc3339: time))
        return try #require(changes.last { $0.0 <= moment }).1
    }

    @Test("has its offsets, with summer time and without")
    func offsets() throws {
        #expect(try seconds("Asia/Shanghai", "2026-11-20T00:00:00Z") == 8 * 3600)
        #expect(try seconds("Asia/Kolkata", "2026-11-20T00:00:00Z") == 19_800)
        #expect(try seconds("Europe/Berlin", "2026-10-25T00:59:59Z") == 7200)
        #expect(try seconds("Europe/Berlin", "2026-10-25T01:00:00Z") == 3600)
        #expect(try seconds("America/St_Johns", "2026-12-01T00:00:00Z") == -12_600)
    }

    @Test(
        "is none where there is no file of it",
        arguments: ["Asia/Nowhere", "", "../../etc/passwd", "/etc/passwd", "tzdata.zi"])
    func unknown(_ name: String) {
        #expect(ZoneTable.changes(of: name) == nil)
    }
}
