import ArgumentParser
import CSystem
import FieldModel
import KernelNet
import Platform

/// The one process of FieldGate that may change the kernel's network; it does what a plan says, and nothing else.
@main
struct NetdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fieldgate-netd",
        abstract: "Puts network plans of fieldgate in force: routes, classes, forwarding.",
        discussion: """
            Needs CAP_NET_ADMIN. Takes plans over a unix socket from users that are allowed to, and never a command or \
            a rule's text. What is in force stays when this process ends, unless --clear-on-exit is given.
            """, version: "0.1.0")

    @Option(help: "Where to listen; with socket activation the socket given by the service manager is taken instead.")
    var socket = "/run/fieldgate/netd.sock"

    @Option(help: "A user that may ask, by name or number; may be repeated.")
    var allowUser: [String] = []

    @Option(help: "A group whose members may ask; the socket is given to the first.")
    var allowGroup: [String] = []

    @Option(help: "An interface that may be touched; 'wwan*' means all that begin so. May be repeated.")
    var device: [String] = ["wwan*"]

    @Option(help: "A USB device that may be authorised anew, such as 1-1.4; may be repeated.")
    var usb: [String] = []

    @ArgumentParser.Flag(help: "Take everything away again at the end.")
    var clearOnExit = false

    func run() throws {
        let groups = try allowGroup.map { try Self.number($0, "group") { fg_group_number($0) } }
        let users = try allowUser.map { try Self.number($0, "user") { fg_user_number($0) } }
        let listener: Int32
        do throws(SystemError) {
            let given = fg_activated_descriptor()
            listener = given >= 0 ? given : try HelperServer.listen(socket, group: groups.first)
        } catch {
            throw ValidationError("\(socket): \(error); make its folder, or name another with --socket")
        }
        let stop = fg_signal_descriptor(SIGTERM, SIGINT)
        let network = KernelNetwork(usb: USBPorts(allowed: Set(usb)))
        let policy = HelperServer.Policy(users: Set(users), groups: Set(groups), devices: device)
        let server = HelperServer(listener: listener, policy: policy, network: network) { Self.log($0) }
        Self.log("listening at \(socket)")
        SystemdNotifier().ready("listening")
        server.run { Self.isReadable(stop) }
        if clearOnExit { try? network.clear() }
        unlink(socket)
    }

    private static func number(_ name: String, _ what: String, _ find: (String) -> Int64) throws -> UInt32 {
        let number = UInt32(name).map(Int64.init) ?? find(name)
        guard number >= 0 else { throw ValidationError("there is no \(what) '\(name)'") }
        return UInt32(number)
    }

    private static func isReadable(_ descriptor: Int32) -> Bool {
        var watch = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&watch, 1, 0) > 0
    }

    private static func log(_ line: String) {
        let bytes = Array("fieldgate-netd: \(line)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
