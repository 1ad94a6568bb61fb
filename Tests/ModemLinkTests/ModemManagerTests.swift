import FieldGateTesting
import FieldModel
import ModemLink
import PeerTesting
import Platform
import Testing

/// ModemManager's own daemon on a bus of the test's own, with a simulated modem.
final class PrivateManager {
    let simulator: SimulatedModem
    let address: String
    private let bus: Peer
    private let daemon: Peer

    init(_ personality: String) async throws {
        let name = "fg-\(UInt32.random(in: 0...UInt32.max))"
        let ports = ["abstract:\(name)-0", "abstract:\(name)-1"]
        simulator = try await SimulatedModem(personality, ports: ports.flatMap { ["--abstract", $0] })
        let folder = simulator.folder
        address = "unix:path=\(folder.path("bus"))"
        let configuration = try folder.write(
            """
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><type>session</type><listen>\(address)</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
            <allow own="*"/></policy></busconfig>
            """, to: "bus.conf")
        bus = try Peer("dbus-daemon", ["--config-file=\(configuration)", "--nofork", "--print-address=1"], in: folder)
        try await bus.says("unix:path")
        daemon = try Peer(
            "env",
            [
                "DBUS_SESSION_BUS_ADDRESS=\(address)", "ModemManager", "--debug", "--test-session", "--test-no-udev",
                "--test-no-qrtr", "--test-no-suspend-resume", "--no-auto-scan", "--test-enable",
            ], in: folder)
        try await daemon.says("service name 'org.freedesktop.ModemManager1' was acquired")
        let reply = try await Peer.run(
            "dbus-send",
            [
                "--bus=\(address)", "--print-reply", "--dest=org.freedesktop.ModemManager1",
                "/org/freedesktop/ModemManager1", "org.freedesktop.ModemManager1.Test.SetProfile", "string:\(name)",
                "string:generic", "array:string:\(ports.joined(separator: ","))",
            ], in: folder)
        guard reply.code == 0 else { throw SimulatedModem.Refused(text: reply.text) }
    }

    func driver(_ choice: ModemManagerModem.Choice) -> ModemManagerModem {
        ModemManagerModem(choice, bus: .session(address: address), time: SystemTime(source: .system))
    }

    func end() {
        daemon.kill()
        bus.kill()
        simulator.end()
    }
}

@Suite("The driver for ModemManager and the real daemon", .timeLimit(.minutes(10)), .serialized)
struct ModemManagerTests {
    @Test func `finds the modem by its IMEI, sees it register, brings a session up and down`() async throws {
        let manager = try await PrivateManager("quectel-nsa")
        defer { manager.end() }
        let imei = "001017000000011"
        let modem = manager.driver(.imei(imei))
        var identity = ModemReport()
        try await eventually("the daemon has looked at the modem") {
            do { identity = try modem.identify() } catch is ModemFault { return false }
            return identity.sim == .ready
        }
        #expect(identity.identity.imei == imei)
        #expect(identity.identity.manufacturer == "Quectel")
        #expect(identity.identity.iccid.hasPrefix("89"))
        #expect(identity.identity.imsi.hasPrefix("00101"))
        // The daemon asks a modem nothing of the network until it is enabled.
        try modem.perform(.radio, SessionSettings(accessPoint: "plant", slice: nil))
        var report = try await registered(modem)
        #expect(report.registration == .home)
        #expect(report.cell?.network == "00101")
        try modem.activate(SessionSettings(accessPoint: "plant", slice: nil))
        report = try modem.observe()
        #expect(report.session.isActive)
        try modem.deactivate()
        #expect(try !modem.observe().session.isActive)
        #expect(modem.takeNotices().contains(.sessionLost))
    }

    @Test func `a daemon that is not there, and one without the modem, say what to do`() async throws {
        let manager = try await PrivateManager("quectel-nsa")
        let modem = manager.driver(.imei("000000000000000"))
        let unknown = #expect(throws: ModemFault.self) { try modem.identify() }
        #expect("\(String(describing: unknown))".contains("mmcli -L"))
        manager.end()
        let gone = #expect(throws: ModemFault.self) { try modem.identify() }
        #expect("\(String(describing: gone))".contains("systemctl"))
    }

    @Test func `what a driver cannot do it says`() async throws {
        let manager = try await PrivateManager("quectel-nsa")
        defer { manager.end() }
        let modem = manager.driver(.imei("001017000000011"))
        try await eventually("the daemon has looked at the modem") { (try? modem.identify().sim) == .ready }
        for rung in [RecoveryRung.reset, .slot, .usb, .host] {
            let fault = #expect(throws: ModemFault.self) {
                try modem.perform(rung, SessionSettings(accessPoint: "plant", slice: nil))
            }
            guard case .unsupported? = fault else {
                Issue.record("\(rung): \(String(describing: fault))")
                continue
            }
        }
    }
}
