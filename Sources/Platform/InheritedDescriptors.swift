import CSystem

/// What the service manager handed to this process: listening sockets, and what an earlier process gave it to keep
/// (sd_listen_fds_with_names(3)).
package struct InheritedDescriptors: Sendable {
    private static let first: Int32 = 3

    /// In the manager's order; descriptors without a name are called `unknown`, as the manager calls them.
    package private(set) var all: [(name: String, descriptor: Int32)] = []

    /// Reads `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES`. No child inherits what is found.
    package init() {
        guard let process = Self.variable("LISTEN_PID"), process == String(getpid()),
            let count = Self.variable("LISTEN_FDS").flatMap({ Int($0) }), (1...256).contains(count)
        else { return }
        let names = Self.variable("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        for place in 0..<count {
            let descriptor = Self.first + Int32(place)
            _ = fg_close_on_exec(descriptor)
            all.append((place < names.count ? String(names[place]) : "unknown", descriptor))
        }
    }

    /// The newest of the name: what is stored again comes last.
    package func named(_ name: String) -> Int32? { all.last { $0.name == name }?.descriptor }

    /// The first that has none of the names.
    package func first(except names: Set<String>) -> Int32? { all.first { !names.contains($0.name) }?.descriptor }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
