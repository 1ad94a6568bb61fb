import FieldGateTesting
import FieldModel
import ModemLink
import PeerTesting
import Platform

/// The modem simulator as a process, and its control socket.
struct SimulatedModem {
    let folder: TemporaryFolder
    private let process: Peer

    init(_ personality: String, ports: [String]? = nil, options: [String] = []) async throws {
        folder = try TemporaryFolder()
        let ports = ports ?? ["--pty", folder.path("ttyUSB2")]
        process = try Peer(
            Place.product("fieldsim"),
            ["modem", "--personality", personality, "--control", folder.path("control"), "--time-scale", "10"] + ports
                + options, in: folder)
        try await process.says("listening")
    }

    func control(_ words: String...) async throws {
        let reply = try await Peer.run(
            Place.product("fieldsim"), ["control", folder.path("control")] + words, in: folder)
        guard reply.code == 0 else { throw Refused(text: reply.text) }
    }

    func end() { process.kill() }

    /// The driver, with the shipped profiles to choose from.
    func driver(imei: String? = nil, command: Duration = .seconds(20)) throws -> ATModem {
        let profiles = try ["unisoc-5g", "quectel-5g", "generic-27007"].map {
            try Personality.profile($0, command: command)
        }
        return ATModem(
            ATModem.Settings(ports: [folder.path("ttyUSB*")], imei: imei, profiles: profiles),
            time: SystemTime(source: .system))
    }

    struct Refused: Error {
        var text: String
    }
}

/// Asks until the modem is registered; the report of that round.
func registered(_ modem: any Modem) async throws -> ModemReport {
    var report = ModemReport()
    try await eventually("the modem registers") {
        report = try modem.observe()
        return report.registration.isRegistered
    }
    return report
}
