import FieldModel
import Link
import Testing

@Suite("Machine and card belong together")
struct BindingTests {
    private static let binding = SIMBinding(
        imei: "490154203237518", iccid: "8986001234567890123", imsi: "460011234567890")

    @Test("The commissioned card gets data")
    func right() {
        var link = SimulatedLink(SimulatedLink.settings(binding: Self.binding))
        link.report.session.isActive = false
        link.run(.seconds(20))
        #expect(link.machine.phase == .up)
        #expect(link.alarms.isEmpty)
    }

    @Test("Another card gets no data, however long it waits, and one alarm that gives no identity away")
    func wrongFromTheStart() throws {
        var link = SimulatedLink(SimulatedLink.settings(binding: Self.binding))
        link.report.session.isActive = false
        link.report.identity.iccid = "8986009999999999999"
        link.run(.seconds(3600))
        #expect(!link.jobs.contains(.activate))
        #expect(link.machine.phase == .mismatched)
        #expect(link.alarms == ["sim_binding"])
        let words = link.outputs.compactMap { if case .alarm(_, let words) = $0 { words } else { nil } }.first
        #expect(try #require(words).contains("…9999"))
        #expect(try !#require(words).contains("8986009"))
    }

    @Test("A session that is up with the wrong card is taken down")
    func alreadyUp() {
        var link = SimulatedLink(SimulatedLink.settings(binding: Self.binding))
        link.report.identity.imsi = "460019999999999"
        link.run(.seconds(20))
        #expect(link.jobs.contains(.deactivate))
        #expect(!link.report.session.isActive)
        #expect(link.rungs.isEmpty)
    }

    @Test("A card swapped in mid-session: data held, alarm at once, and released when the right one is back")
    func swapped() {
        var link = SimulatedLink(SimulatedLink.settings(binding: Self.binding))
        link.run(.seconds(60))
        #expect(link.machine.phase == .up)
        link.report.identity.iccid = "8986009999999999999"
        link.run(.seconds(12))
        #expect(!link.report.session.isActive)
        #expect(link.alarms == ["sim_changed", "sim_binding"])
        link.run(.seconds(600))
        #expect(!link.report.session.isActive)
        link.report.identity.iccid = Self.binding.iccid
        link.run(.seconds(60))
        #expect(link.machine.phase == .up)
        #expect(link.rungs.isEmpty)
    }
}
