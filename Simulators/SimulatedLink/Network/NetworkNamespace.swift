import CSystem
import Glibc
import SimulatorKit

/// A named network namespace, as `ip netns` keeps it.
package struct NetworkNamespace {
    package let name: String

    package init(_ name: String) { self.name = name }

    private var path: String { "/run/netns/\(name)" }

    package var exists: Bool { access(path, F_OK) == 0 }

    /// Runs `body` with the calling thread inside the namespace, and comes back.
    package func inside<Result>(_ body: () throws(SystemFault) -> Result) throws(SystemFault) -> Result {
        let home = try SystemFault.check(fg_open("/proc/thread-self/ns/net", O_RDONLY, 0), "own network namespace")
        defer { close(home) }
        let remedy = "network namespace \(name) (run 'fieldsim net up' first)"
        let target = try SystemFault.check(fg_open(path, O_RDONLY, 0), remedy)
        defer { close(target) }
        _ = try SystemFault.check(fg_enter_network(target), "entering network namespace \(name)")
        defer {
            // Every later socket would be made in the wrong place.
            precondition(fg_enter_network(home) == 0, "the way back to the own network namespace is gone")
        }
        return try body()
    }

    /// Writes a value below /proc/sys/net/ipv4 of the namespace.
    func write(_ value: String, to setting: String) throws(SystemFault) {
        try inside { () throws(SystemFault) in
            let path = "/proc/sys/net/ipv4/\(setting)"
            let fd = try SystemFault.check(fg_open(path, O_WRONLY, 0), "\(name): \(path)")
            defer { close(fd) }
            let bytes = Array(value.utf8)
            let written = Glibc.write(fd, bytes, bytes.count)
            _ = try SystemFault.checkErrno(Int32(written), "\(name): \(path)")
        }
    }
}

/// Whether this process may build networks, and what to do when not.
package enum Privilege {
    package static func checkNetworking() throws(SystemFault) {
        guard geteuid() == 0 else {
            throw SystemFault("network namespaces need root; without it, 'fieldsim net up' makes a user namespace")
        }
        try checkTun()
    }

    package static func checkTun() throws(SystemFault) {
        let fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC)
        guard fd >= 0 else {
            let code = errno
            let remedy =
                code == ENOENT
                ? "load the module as root: modprobe tun"
                : "let this user open it, as root: chmod 0666 /dev/net/tun (or setfacl -m u:NAME:rw /dev/net/tun)"
            throw SystemFault("/dev/net/tun: \(String(cString: strerror(code))); the radio links need it: \(remedy)")
        }
        close(fd)
    }
}
