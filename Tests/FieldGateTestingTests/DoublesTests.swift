import FieldGateTesting
import FieldModel
import Testing

@Suite("The doubles do what the real things promise")
struct DoublesTests {
    @Test("The spool in memory keeps the spool's laws", arguments: SpoolConformance.allCases)
    func spool(_ law: SpoolConformance) async throws {
        let spool = MemorySpool()
        try await law.check(SpoolSubject { spool })
    }

    @Test("Manual time moves only when told, on both clocks")
    func manualTime() {
        let time = ManualTime()
        let (instant, utc) = (time.now(), time.utc())
        #expect(time.now() == instant)
        #expect(utc.iso8601 == "2026-11-20T08:00:00.000Z")
        time.advance(by: .milliseconds(1500))
        #expect(instant.duration(to: time.now()) == .milliseconds(1500))
        #expect(time.utc().iso8601 == "2026-11-20T08:00:01.500Z")
        time.advance(to: instant)
        #expect(instant.duration(to: time.now()) == .milliseconds(1500))
    }

    @Test("The scripted bus answers what was set, refuses what was not, and keeps silent for nobody's unit")
    func scriptedBus() throws {
        let bus = ScriptedBus()
        bus.set([7, 8], unit: 3, at: 100)
        var values: [UInt16] = [0, 0, 0]
        let known = ReadRequest(unit: 3, table: .holding, address: 100, count: 2)
        #expect(throws: BusFault.disconnected("the line is cut")) { try bus.read(known, into: &values) }
        try bus.connect()
        try bus.read(known, into: &values)
        #expect(values == [7, 8, 0])
        let beyond = ReadRequest(unit: 3, table: .holding, address: 101, count: 2)
        #expect(throws: BusFault.exception(2)) { try bus.read(beyond, into: &values) }
        let nobody = ReadRequest(unit: 4, table: .holding, address: 100, count: 1)
        #expect(throws: BusFault.timeout) { try bus.read(nobody, into: &values) }
        try bus.write(WriteRequest(unit: 3, table: .holding, address: 101, values: [9]))
        #expect(bus.values(unit: 3, at: 100, count: 3) == [7, 9, nil])
        #expect(bus.calls.count == 6)
    }
}
