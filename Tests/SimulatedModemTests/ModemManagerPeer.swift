import FieldGateTesting
import Foundation
import Glibc
import PeerTesting
import SimulatorKit

/// ModemManager's own daemon on a bus of the test's own, with the simulated modem at its ports.
final class ModemManagerPeer {
    let folder: TemporaryFolder
    private let bus: Peer
    private let simulator: Peer
    private let daemon: Peer
    private let name = "p\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

    var control: String { folder.path("control") }
    private var address: String { "unix:path=" + folder.path("bus") }
    private var ports: [String] { ["\(name)-0", "\(name)-1"] }

    /// What is missing on this machine, nil when nothing is.
    static var missing: String? {
        ["dbus-daemon", "ModemManager", "mmcli", "gdbus"].first { Place.tool($0) == nil }
    }

    init(personality: String) async throws {
        folder = try TemporaryFolder()
        let configuration = try folder.write(Self.configuration(folder.path("bus")), to: "bus.conf")
        bus = try Peer("dbus-daemon", ["--config-file=\(configuration)", "--print-address", "--nofork"], in: folder)
        simulator = try Peer(
            Place.product("fieldsim"),
            [
                "modem", "--personality", personality, "--abstract", "\(name)-0", "--abstract", "\(name)-1",
                "--control", folder.path("control"),
            ], in: folder)
        try await bus.says("unix:path=")
        try await simulator.says("\(name)-1")
        // The daemon and mmcli find the bus by their environment.
        daemon = try Peer(
            "env",
            [
                "DBUS_SESSION_BUS_ADDRESS=unix:path=" + folder.path("bus"), "ModemManager", "--test-session",
                "--test-no-udev", "--test-no-qrtr", "--test-no-suspend-resume", "--no-auto-scan", "--test-enable",
                "--debug",
            ], in: folder)
        try await daemon.says("service name 'org.freedesktop.ModemManager1' was acquired")
    }

    var log: String { daemon.text }

    /// Makes the simulated ports a modem of `plugin`; waits until it has been probed.
    func plugIn(plugin: String) async throws {
        let list = "[" + ports.map { "'abstract:\($0)'" }.joined(separator: ",") + "]"
        let reply = try await run(
            "gdbus",
            [
                "call", "--session", "--dest", "org.freedesktop.ModemManager1", "--object-path",
                "/org/freedesktop/ModemManager1", "--method", "org.freedesktop.ModemManager1.Test.SetProfile", "field",
                plugin, list,
            ])
        guard reply.code == 0 else { throw SystemFault("SetProfile: \(reply.text)") }
        try await eventually { $0.contains("\"state\":\"disabled\"") }
    }

    /// The modem as `mmcli -J` shows it, without its spaces; empty while there is none.
    func modem() async throws -> String { try await mmcli("-m", "any", "-J").text }

    func mmcli(_ arguments: String...) async throws -> (code: Int32, text: String) {
        try await run("mmcli", arguments)
    }

    /// Waits until what `mmcli -J` shows of the modem fulfils the condition.
    func eventually(_ condition: (String) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        var shown = ""
        while ContinuousClock.now < deadline {
            shown = try await modem()
            if condition(shown) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw SystemFault("ModemManager never showed it; it shows: \(shown)")
    }

    /// A command to the simulator.
    func tell(_ command: String) throws -> String { try ControlCall.send(command, to: control) }

    private func run(_ program: String, _ arguments: [String]) async throws -> (code: Int32, text: String) {
        let buses = ["DBUS_SESSION_BUS_ADDRESS=\(address)", "DBUS_SYSTEM_BUS_ADDRESS=\(address)"]
        return try await Peer.run("env", buses + [program] + arguments, in: folder)
    }

    private static func configuration(_ path: String) -> String {
        """
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
          "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
          <type>session</type>
          <listen>unix:path=\(path)</listen>
          <auth>EXTERNAL</auth>
          <policy context="default">
            <allow send_destination="*" eavesdrop="true"/>
            <allow eavesdrop="true"/>
            <allow own="*"/>
          </policy>
        </busconfig>
        """
    }
}
