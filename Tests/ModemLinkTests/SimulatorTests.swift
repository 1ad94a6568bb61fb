import FieldGateTesting
import FieldModel
import ModemLink
import PeerTesting
import Platform
import Testing

@Suite("The driver and the simulated modem", .timeLimit(.minutes(10)))
struct SimulatorTests {
    private static let plant = SessionSettings(accessPoint: "plant", slice: nil)

    @Test(arguments: [
        ("quectel-sa", "quectel-5g", RadioAccess.nrSA), ("quectel-nsa", "quectel-5g", .nrNSA),
        ("generic", "generic-27007", .lte), ("unisoc", "unisoc-5g", .nrSA),
    ])
    func `every personality registers, and says all that its profile asks`(
        _ personality: String, _ profile: String, _ radio: RadioAccess
    ) async throws {
        let simulator = try await SimulatedModem(personality)
        let modem = try simulator.driver()
        let identity = try modem.identify()
        #expect(modem.profileInUse.id == profile)
        #expect(identity.identity.imei.count == 15)
        #expect(identity.identity.iccid.hasPrefix("89"))
        #expect(identity.identity.imsi.hasPrefix("00101"))
        #expect(identity.sim == .ready)
        let report = try await registered(modem)
        #expect(report.registration == .home)
        #expect(report.radio == radio)
        #expect(report.cell?.network == "00101")
        #expect(report.cell?.area != nil)
        #expect(report.cell?.cell != nil)
        #expect((-140...(-40)).contains(try #require(report.signal.rsrp)))
        #expect((-30...0).contains(try #require(report.signal.rsrq)))
        #expect(!report.session.isActive)
        try modem.activate(Self.plant)
        let active = try modem.observe()
        #expect(active.session.isActive)
        #expect(!active.session.addresses.isEmpty)
        #expect(active.networkTime != nil)
        #expect((active.anchor != nil) == (radio == .nrNSA))
        guard profile != "generic-27007" else { return }
        #expect((20...90).contains(try #require(active.temperature)))
        #expect(active.cell?.bandwidth == 100 || radio == .nrNSA)
        #expect(active.slot == 1)
        #expect((active.counters != nil) == (profile == "quectel-5g"))
    }

    @Test func `a registration that is denied brings its cause`() async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        let modem = try simulator.driver()
        try await simulator.control("deny", "5gmm", "7")
        try await eventually("the denial is seen") { try modem.observe().registration == .denied }
        #expect(try modem.observe().reject == RejectCause(layer: .mobility5G, code: 7))
        try await simulator.control("deny", "none")
        try modem.perform(.reregister, Self.plant)
        #expect(try await registered(modem).reject == nil)
    }

    @Test(arguments: [8, 29, 33])
    func `a session that is refused brings its cause`(_ cause: Int) async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        let modem = try simulator.driver()
        _ = try await registered(modem)
        try await simulator.control("deny", "esm", "\(cause)")
        #expect(throws: ModemFault.self) { try modem.activate(Self.plant) }
        #expect(try modem.observe().reject?.code == cause)
    }

    @Test func `a slice the network has not is rejected, and one it has is taken`() async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        let modem = try simulator.driver()
        _ = try await registered(modem)
        try await simulator.control("slice", "reject", "02.0000AB", "1")
        let report = try modem.observe()
        #expect(report.session.rejectedSlices.contains(NetworkSlice(serviceType: 2, differentiator: 0xAB)))
        let wanted = try #require(report.session.allowedSlices.first)
        try modem.activate(SessionSettings(accessPoint: "plant", slice: wanted))
        try modem.deactivate()
        #expect(throws: ModemFault.self) {
            try modem.activate(
                SessionSettings(accessPoint: "plant", slice: NetworkSlice(serviceType: 2, differentiator: 0xAB)))
        }
        #expect(try modem.observe().reject == RejectCause(layer: .session5G, code: 33))
    }

    @Test func `a PIN opens the card, once`() async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        try await simulator.control("sim", "pin", "4711")
        let modem = try simulator.driver()
        #expect(try modem.identify().sim == .pinRequired)
        #expect(throws: ModemFault.self) { try modem.enter(pin: "0000") }
        try modem.enter(pin: "4711")
        #expect(try modem.identify().sim == .ready)
        #expect(try await registered(modem).sim == .ready)
    }

    @Test func `a card swapped in mid-session is seen in the next round`() async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        let modem = try simulator.driver()
        let before = try await registered(modem).identity
        try await simulator.control("sim", "swap", "89999010000000000999", "001010000000999")
        try await eventually("the new card is seen") { try modem.observe().identity.iccid == "89999010000000000999" }
        let after = try modem.observe().identity
        #expect(after.imsi == "001010000000999")
        #expect(after.imei == before.imei)
    }

    @Test(arguments: [RecoveryRung.session, .reregister, .radio, .reset, .slot])
    func `every rung of the modem's leaves it able to work`(_ rung: RecoveryRung) async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        let modem = try simulator.driver()
        _ = try await registered(modem)
        try modem.activate(Self.plant)
        let card = try modem.identify().identity.iccid
        try modem.perform(rung, Self.plant)
        let report = try await registered(modem)
        #expect((report.slot == 2) == (rung == .slot))
        #expect((report.identity.iccid != card) == (rung == .slot))
        if !report.session.isActive { try modem.activate(Self.plant) }
        #expect(try modem.observe().session.isActive)
    }

    @Test func `a session that the network ends is told`() async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        let modem = try simulator.driver()
        _ = try await registered(modem)
        try modem.activate(Self.plant)
        _ = modem.takeNotices()
        try await simulator.control("drop")
        var notices: [ModemNotice] = []
        try await eventually("the loss is told") {
            notices += modem.takeNotices()
            return notices.contains(.sessionLost)
        }
        #expect(try !modem.observe().session.isActive)
    }

    @Test func `a short message that arrives is told, and never its sender`() async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        let modem = try simulator.driver()
        _ = try await registered(modem)
        try await simulator.control("sms-in", "+0010112345", "hello")
        var notices: [ModemNotice] = []
        try await eventually("the message is told") {
            notices += modem.takeNotices()
            return notices.contains(.incoming("short message"))
        }
        #expect(!notices.contains { "\($0)".contains("0010112345") })
    }

    @Test(arguments: ["hang", "garbage", "truncate", "flood"])
    func `a fault of the modem is a fault here, and over when it is over`(_ fault: String) async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        let modem = try simulator.driver(command: .seconds(2))
        _ = try await registered(modem)
        try await simulator.control("fault", fault)
        #expect(throws: ModemFault.self) { try modem.observe() }
        try await simulator.control("fault", "none")
        try await eventually("the modem answers again") {
            do { return try modem.observe().registration == .home } catch is ModemFault { return false }
        }
    }

    @Test(arguments: [["echo-storm"], ["slow", "300ms"]])
    func `a nuisance of the modem changes nothing`(_ fault: [String]) async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        let modem = try simulator.driver()
        let before = try await registered(modem)
        _ = modem.takeNotices()
        try await simulator.control("fault", fault.joined(separator: " "))
        let after = try modem.observe()
        #expect(after.registration == .home)
        #expect(after.identity == before.identity)
        #expect(!modem.takeNotices().contains { if case .other = $0 { true } else { false } })
    }

    @Test func `a port that returns under another name is found again`() async throws {
        let simulator = try await SimulatedModem("quectel-sa")
        let modem = try simulator.driver()
        let before = try await registered(modem)
        try await simulator.control("vanish", "300ms", "rename", simulator.folder.path("ttyUSB5"))
        try await eventually("the modem is found again") {
            do { return try modem.observe().registration == .home } catch is ModemFault { return false }
        }
        #expect(modem.port.hasSuffix("ttyUSB5"))
        #expect(try modem.identify().identity.imei == before.identity.imei)
    }

    @Test func `an abstract socket is a port too`() async throws {
        let name = "abstract:fg-\(UInt64.random(in: 0...UInt64.max))"
        let simulator = try await SimulatedModem("generic", ports: ["--abstract", name])
        let modem = ATModem(
            ATModem.Settings(ports: ["@\(name)"]), time: SystemTime(source: .system))
        #expect(try await registered(modem).registration == .home)
        simulator.end()
        #expect(throws: ModemFault.self) { try modem.observe() }
    }
}
