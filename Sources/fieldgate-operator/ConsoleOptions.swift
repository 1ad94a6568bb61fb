import ArgumentParser
import ControlWire
import FieldModel
import OperatorKit
import Signing

/// How to reach the broker.
struct BrokerOptions: ParsableArguments {
    @Option(help: "The broker's name or address.")
    var host = "127.0.0.1"

    @Option(help: "Its port; 8883 with TLS, else 1883.")
    var port: UInt16?

    @Flag(help: "TLS with the system's authorities; --ca and --certificate imply it.")
    var tls = false

    @Option(help: ArgumentHelp("Authorities to trust (PEM).", valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("This console's own certificate (PEM), with --certificate-key.", valueName: "file"))
    var certificate: String?

    @Option(help: ArgumentHelp("Its key (PEM).", valueName: "file"))
    var certificateKey: String?

    @Flag(help: "Allow plain TCP to another machine.")
    var insecure = false

    @Option(help: "The user's name at the broker.")
    var username: String?

    @Option(help: ArgumentHelp("A file whose first line is the password.", valueName: "file"))
    var passwordFile: String?

    @Option(help: "This console's id at the broker: no other client's. A random one by default.")
    var clientID: String?

    func settings() throws -> BrokerSettings {
        guard (certificate == nil) == (certificateKey == nil) else {
            throw KeyFile.fail("--certificate and --certificate-key belong together: give both or neither")
        }
        let isTLS = tls || ca != nil || certificate != nil
        let isLocal = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        guard isTLS || isLocal || insecure else {
            throw KeyFile.fail("plain TCP to '\(host)': use --tls, or say --insecure if the network is yours alone")
        }
        return BrokerSettings(
            host: host, port: port ?? (isTLS ? 8883 : 1883),
            tls: isTLS ? BrokerSettings.TLS(authority: ca, certificate: certificate, key: certificateKey) : nil,
            username: username, password: try password(),
            clientID: clientID ?? "fg-console-\(UInt64.random(in: 0 ... .max))", keepAlive: .seconds(5), window: 20,
            sessionExpiry: .zero)
    }

    private func password() throws -> String? {
        guard let passwordFile else { return nil }
        guard username != nil else { throw KeyFile.fail("--password-file needs --username") }
        return try KeyFile.text(passwordFile).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }
}

/// Which machine, and who asks.
struct MachineOptions: ParsableArguments {
    @OptionGroup var broker: BrokerOptions

    @Option(help: "The gateway's id.")
    var gateway: String

    @Option(help: "The machine's id at the gateway.")
    var machine: String

    @Option(help: ArgumentHelp("Your secret key ('key new' makes one).", valueName: "file"))
    var key: String
}

/// What a claim needs beyond that.
struct ClaimOptions: ParsableArguments {
    @OptionGroup var machine: MachineOptions

    @Option(name: .customLong("operator"), help: "Your id in the roster.")
    var operatorID: String

    @Option(
        help: ArgumentHelp("The machine's public key, or a file with it: pinned, never asked for.", valueName: "key"))
    var machineKey: String

    func settings(for purpose: ClaimPurpose) throws -> ConsoleSettings {
        ConsoleSettings(
            broker: try machine.broker.settings(), gateway: machine.gateway, machine: machine.machine,
            operatorID: operatorID, secretKey: try KeyFile.secret(machine.key).secret,
            machineKey: try KeyFile.verifying(machineKey, "--machine-key").text, purpose: purpose)
    }
}

/// What driving needs beyond that.
struct DrivingOptions: ParsableArguments {
    @OptionGroup var claim: ClaimOptions

    @Option(
        help: ArgumentHelp(
            "An address of this host for the direct path; may be repeated, up to four times. None: MQTT only.",
            valueName: "address"))
    var listen: [String] = []

    @Option(help: ArgumentHelp("How old the picture is, as measured elsewhere.", valueName: "milliseconds"))
    var videoAge: Int?

    @Option(
        help: ArgumentHelp(
            "Measure the picture's age by the RTP stream that comes to this UDP port.", valueName: "port"))
    var videoPort: UInt16?

    @Option(help: ArgumentHelp("The address that it comes to.", valueName: "address"))
    var videoAddress = "0.0.0.0"

    @Option(
        help: ArgumentHelp(
            "The camera's CLOCK_MONOTONIC less this host's; 0 where both are one machine.",
            valueName: "milliseconds"))
    var videoClockOffset = 0

    @Flag(help: "Take the machine from whoever has it; only for supervisors.")
    var force = false

    @Flag(help: "Do not ask for confirmation of the nameplate.")
    var yes = false

    @Option(
        help: ArgumentHelp("Real-time priority 1–99 for the console's thread, where allowed.", valueName: "priority"))
    var realTime: Int32?

    func settings() throws -> ConsoleSettings {
        var settings = try claim.settings(for: force ? .force : .drive)
        settings.localAddresses = listen
        settings.realTimePriority = realTime
        guard videoAge == nil || videoPort == nil else {
            throw KeyFile.fail("--video-age and --video-port are two ways to say one thing: give one of them")
        }
        if let videoAge { settings.video = .fixed(.milliseconds(videoAge)) }
        if let videoPort {
            settings.video = .rtp(
                address: videoAddress, port: videoPort, clockOffset: .milliseconds(videoClockOffset))
        }
        return settings
    }
}
