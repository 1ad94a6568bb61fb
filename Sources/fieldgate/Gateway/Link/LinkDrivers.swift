import FieldModel
import KernelNet
import ModemLink
import Platform

extension LinkDrivers {
    /// The adapters that a site asks for.
    init(_ settings: LinkSettings, time: any TimeSource) {
        let helper = settings.helperSocket
        var network: (@Sendable () -> any NetworkControl)?
        if let helper { network = { Self.network(helper) } }
        self.init(
            modem: { settings in Self.modem(settings, time: time) }, network: network,
            outside: OutsideRungs(
                reauthorise: { (device: String) throws(NetworkFault) in try Self.reauthorise(device, helper) },
                run: { (command: [String]) throws(ModemFault) in try Self.run(command) }))
    }

    private static func network(_ helper: String) -> any NetworkControl { NetworkHelper(path: helper) }

    private static func reauthorise(_ device: String, _ helper: String?) throws(NetworkFault) {
        guard let helper else { throw .unreachable("link.helper names no fieldgate-netd") }
        try NetworkHelper(path: helper).reauthorise(usb: device)
    }

    private static func modem(_ settings: ModemSettings, time: any TimeSource) -> any Modem {
        switch settings.driver {
        case .at(let ports, let profile):
            ATModem(ATModem.Settings(ports: ports, imei: settings.binding?.imei, profiles: [profile]), time: time)
        case .modemManager(let imei, let bus):
            ModemManagerModem(
                imei.map { .imei($0) } ?? .only, bus: .system(address: bus), time: time)
        }
    }

    /// A site's own program: what it says when it fails goes to the log.
    private static func run(_ command: [String]) throws(ModemFault) {
        let words = command.joined(separator: " ")
        guard let program = command.first else { return }
        let outcome: ChildProcess.Outcome
        do throws(SystemError) {
            outcome = try ChildProcess(program, Array(command.dropFirst()), timeout: .seconds(60)).run()
        } catch {
            throw .unsupported("\(words): \(error)")
        }
        guard outcome.succeeded else { throw .refused(command: words, reply: "\(outcome.ending) \(outcome.errorText)") }
    }
}
