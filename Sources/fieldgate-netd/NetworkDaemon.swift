import ArgumentParser
import CSystem
import FieldModel
import FlowTracking
import KernelNet
import Logging
import Platform

/// The one process of FieldGate with a capability: it carries out network plans, and nothing else.
@main
struct NetworkDaemon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fieldgate-netd",
        abstract: "Carries out FieldGate's network plans: routes, classes, limits. Needs CAP_NET_ADMIN.",
        discussion: "Exit codes: 0 ended by a signal; 1 it cannot start; 64 the command line is wrong.")

    @Option(help: "The socket to listen on; one handed over by systemd goes first.")
    var socket = NetworkHelper.defaultPath
    @Option(help: "A user who may ask, by name or number. May be repeated.")
    var allowUser: [String] = []
    @Option(help: "A group whose members may ask, by name or number. May be repeated.")
    var allowGroup: [String] = []
    @Option(help: "An interface that may be touched; 'wwan*' means all beginnings. May be repeated; default wwan*.")
    var device: [String] = []
    @Option(help: "A USB device that may be authorised anew, such as 1-1.4. May be repeated.")
    var usb: [String] = []
    @Option(help: "Where the plan in force is noted; it should not outlive the machine's start.")
    var state = "/run/fieldgate-netd/netd.state"
    @ArgumentParser.Flag(help: "Take everything away when ending.")
    var clearOnExit = false
    @ArgumentParser.Flag(help: "Say what this machine offers, and end.")
    var check = false

    func run() throws {
        if check { return print(KernelCheck(tools: SystemTools()).run().map { $0.text }.joined(separator: "\n")) }
        LoggingSystem.bootstrap(StreamLogHandler.standardError(label:))
        let log = Logger(label: "netd")
        let admission = try admission()
        let network = KernelNetwork(
            check: PlanCheck(devices: device.isEmpty ? ["wwan*"] : device, usb: usb), tools: SystemTools(),
            stateFile: state)
        do throws(SystemError) {
            try serve(network, admission, log)
        } catch {
            log.error("cannot serve", metadata: ["socket": "\(socket)", "reason": "\(error)"])
            throw ExitCode(1)
        }
    }

    private func serve(_ network: KernelNetwork, _ admission: NetworkServer.Admission, _ log: Logger)
        throws(SystemError)
    {
        let loop = try EventLoop(time: SystemTime(source: .kernel))
        let signals = try SignalSource()
        loop.add(signals)
        let inherited = InheritedDescriptors()
        let handed = inherited.first(except: [MeterDesk.eventsName, MeterDesk.ringName])
        if let handed { _ = fg_set_nonblocking(handed) }
        let meter = MeterOpening(inherited: inherited, network: network, log: log).open()
        if let meter { loop.add(meter.pump) }
        let listener = if let handed { handed } else { try NetworkServer.listen(path: socket) }
        let server = NetworkServer(
            listener: listener, loop: loop, admission: admission, note: { log.warning("\($0)") },
            answer: { Self.answer($0, network, meter, log) })
        SystemdNotifier().ready("serving")
        log.info("serving", metadata: ["socket": "\(handed == nil ? socket : "systemd")"])
        withExtendedLifetime(server) { loop.run { _ in !signals.hasCome } }
        SystemdNotifier().stopping()
        if clearOnExit { _ = network.clear() }
        if handed == nil { unlink(socket) }
    }

    private static func answer(
        _ line: [UInt8], _ network: KernelNetwork, _ meter: MeterDesk?, _ log: Logger
    ) -> NetworkAnswer {
        do throws(RequestFault) {
            let request = try NetworkRequest.read(line)
            if let answer = meter?.answer(request) { return answer }
            let reply = network.handle(request)
            if case .refused(let reason) = reply { log.warning("refused", metadata: ["reason": "\(reason)"]) }
            meter?.changed(by: request)
            return NetworkAnswer(reply)
        } catch {
            log.warning("refused", metadata: ["reason": "\(error.text)"])
            return NetworkAnswer(.refused(error.text))
        }
    }

    private func admission() throws -> NetworkServer.Admission {
        guard !allowUser.isEmpty || !allowGroup.isEmpty else {
            throw ValidationError("nobody could ask: name --allow-user or --allow-group")
        }
        let users = try allowUser.map { name in try Self.number(name, "user") { fg_user($0) } }
        let groups = try allowGroup.map { name in try Self.number(name, "group") { fg_group($0) } }
        return NetworkServer.Admission(users: Set(users), groups: Set(groups))
    }

    private static func number(_ name: String, _ kind: String, _ find: (String) -> Int64) throws -> UInt32 {
        if let number = UInt32(name) { return number }
        let found = find(name)
        guard found >= 0 else { throw ValidationError("there is no \(kind) '\(name)' on this machine") }
        return UInt32(found)
    }
}
