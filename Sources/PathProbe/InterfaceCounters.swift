import Platform

/// What the kernel counted on the interfaces of this network namespace.
package enum InterfaceCounters {
    package struct Counters: Hashable, Sendable {
        package var receivedBytes: UInt64
        package var sentBytes: UInt64

        package init(receivedBytes: UInt64, sentBytes: UInt64) {
            self.receivedBytes = receivedBytes
            self.sentBytes = sentBytes
        }
    }

    /// One look at /proc/net/dev (proc_pid_net(5)): per interface, received bytes first, sent bytes ninth.
    package static func read() -> [String: Counters] {
        parse(FileText.read("/proc/thread-self/net/dev") ?? "")
    }

    static func parse(_ table: String) -> [String: Counters] {
        var counters: [String: Counters] = [:]
        for line in table.split(separator: "\n") {
            guard let colon = line.lastIndex(of: ":") else { continue }
            let numbers = line[line.index(after: colon)...].split(separator: " ").map { UInt64($0) }
            guard numbers.count >= 9, let received = numbers[0], let sent = numbers[8] else { continue }
            let name = line[..<colon].drop { $0 == " " }
            counters[String(name)] = Counters(receivedBytes: received, sentBytes: sent)
        }
        return counters
    }
}
