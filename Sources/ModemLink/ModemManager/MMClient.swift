import FieldModel
import Platform

/// Runs `mmcli` against one bus.
package struct MMClient: Sendable {
    package enum Bus: Hashable, Sendable {
        /// The system's, or another at this address.
        case system(address: String?)
        /// A private one, as tests use.
        case session(address: String)
    }

    private let bus: Bus
    /// Where mmcli is; nil looks where the system keeps programs.
    private let program: String?

    package init(_ bus: Bus, program: String? = nil) {
        self.bus = bus
        self.program = program
    }

    /// What it prints. `spoken` is what messages call the request: secrets masked.
    package func run(_ arguments: [String], timeout: Duration, spoken: String? = nil) throws(ModemFault) -> [UInt8] {
        let spoken = "mmcli " + (spoken ?? arguments.joined(separator: " "))
        guard let path = program ?? ChildProcess.find("mmcli") else {
            throw .unsupported("mmcli is not installed: apt-get install modemmanager, or use the driver `at`")
        }
        let seconds = max(1, timeout.wholeMilliseconds / 1000)
        var child = ChildProcess(path, options + ["--timeout=\(seconds)"] + arguments, timeout: timeout + .seconds(2))
        child.environment = environment
        let outcome: ChildProcess.Outcome
        do throws(SystemError) {
            outcome = try child.run()
        } catch {
            throw .unsupported("\(path) cannot be started: \(error)")
        }
        guard outcome.ending != .timeout else {
            throw .timeout(
                "\(spoken) did not end within \(seconds) s; is ModemManager alive? systemctl status ModemManager")
        }
        guard outcome.succeeded else { throw Self.fault(spoken, outcome) }
        guard !outcome.isCut else { throw .garbled("\(spoken) printed more than a megabyte") }
        return outcome.output
    }

    package func document(_ arguments: [String], timeout: Duration) throws(ModemFault) -> MMDocument {
        try MMDocument(try run(arguments + ["-J"], timeout: timeout))
    }

    private var options: [String] {
        if case .session = bus { ["--test-session"] } else { [] }
    }

    private var environment: [String: String] {
        switch bus {
        case .system(nil): ["LC_ALL": "C"]
        case .system(let address?): ["LC_ALL": "C", "DBUS_SYSTEM_BUS_ADDRESS": address]
        case .session(let address): ["LC_ALL": "C", "DBUS_SESSION_BUS_ADDRESS": address]
        }
    }

    static func fault(_ spoken: String, _ outcome: ChildProcess.Outcome) -> ModemFault {
        let lines = (outcome.errorText.isEmpty ? outcome.outputText : outcome.errorText).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("error:") } ?? lines.last ?? "it ended without a word"
        let words = (line.hasPrefix("error:") ? line.dropFirst(6) : line).trimmingSpaces
        if words.contains("couldn't find the ModemManager process") || words.contains("couldn't get bus") {
            return .absent("ModemManager is not on the bus (\(words)): systemctl enable --now ModemManager")
        }
        if words.contains("couldn't find modem") || words.contains("no modems found") {
            return .absent("ModemManager knows no such modem: `mmcli -L` lists those it knows")
        }
        if words.contains("Error.Core.Unsupported") { return .unsupported("\(spoken): \(words)") }
        if words.contains("Timeout was reached") { return .timeout("\(spoken): \(words)") }
        return .refused(command: spoken, reply: words)
    }
}
