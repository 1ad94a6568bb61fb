import CSystem
import Glibc
import SimulatorKit

/// Tells the link emulator what this modem's session does, and reads its counters. Tries again once a second while
/// the emulator is not there.
final class LinkReporter {
    private static let second: Int64 = 1_000_000_000

    private let socketPath: String
    private let path: String
    private unowned let reactor: Reactor
    private var wire: Wire?
    private var received: [UInt8] = []
    private var totals: TrafficCounters?
    /// The last word on each subject, said again to an emulator that came later.
    private var state = ["session": "session down", "dead": "dead off"]
    private var isShutDown = false

    init(_ socketPath: String, path: String, reactor: Reactor) {
        (self.socketPath, self.path, self.reactor) = (socketPath, path, reactor)
        turn()
    }

    var isConnected: Bool { wire != nil }

    /// `session up` and the like.
    func tell(_ words: String) {
        guard let subject = words.split(separator: " ").first else { return }
        state[String(subject)] = words
        say(words)
    }

    /// The totals of the last answer, once.
    func takeTotals() -> TrafficCounters? {
        defer { totals = nil }
        return totals
    }

    func shutDown() {
        isShutDown = true
        wire?.hangUp()
        wire = nil
    }

    private func turn() {
        guard !isShutDown else { return }
        if wire == nil { connectNow() }
        say("counters")
        reactor.after(Self.second) { [weak self] in self?.turn() }
    }

    private func say(_ words: String) { wire?.send(Array("path \(path) \(words)\n".utf8)) }

    private func connectNow() {
        var address = sockaddr_un()
        let length = fg_unix_address(&address, socketPath)
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let fd = socket(AF_UNIX, Int32(kind), 0)
        guard length >= 0, fd >= 0 else { return }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(fd, $0, socklen_t(length)) }
        }
        guard connected == 0 else {
            close(fd)
            return
        }
        received = []
        wire = try? Wire(fd, reactor: reactor) { [unowned self] in
            take($0)
        } ended: { [unowned self] in
            wire = nil
        }
        for words in state.values.sorted() { say(words) }
    }

    private func take(_ bytes: [UInt8]) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if let found = Self.totals(in: String(decoding: received, as: UTF8.self)) { totals = found }
                received = []
            } else if received.count < 4096 {
                received.append(byte)
            }
        }
    }

    /// Of `{"ok":true,"up":{"packets":1,"bytes":2},"down":{…}}`; nil for any other answer.
    static func totals(in line: String) -> TrafficCounters? {
        guard let up = bytes(in: line, after: "\"up\":{"), let down = bytes(in: line, after: "\"down\":{") else {
            return nil
        }
        return TrafficCounters(up: up, down: down)
    }

    private static func bytes(in line: String, after mark: String) -> UInt64? {
        guard let rest = line.parts(around: mark)?.after, let number = rest.parts(around: "\"bytes\":")?.after else {
            return nil
        }
        return UInt64(number.prefix { $0.isNumber })
    }
}

extension String {
    /// What stands before and behind the first `mark`.
    fileprivate func parts(around mark: String) -> (before: String, after: String)? {
        guard let range = firstRange(of: mark) else { return nil }
        return (String(self[..<range.lowerBound]), String(self[range.upperBound...]))
    }
}
