import Foundation
import Testing

/// A mosquitto of the test's own.
final class Broker: Sendable {
    let port: Int
    let configuration: String
    private let folder: Folder

    init(in folder: Folder, extra: String = "") async throws {
        self.folder = folder
        port = try freePort()
        configuration = try folder.write(
            """
            listener \(port) 127.0.0.1
            allow_anonymous true
            persistence true
            persistence_location \(folder.url.path)/
            user root
            max_queued_messages 0
            \(extra)

            """, to: "mosquitto-\(port).conf")
    }

    /// Starts it, or starts it again.
    func start() async throws -> Child {
        let child = try Child("mosquitto", ["-c", configuration], in: folder)
        try await eventually("the broker listens on \(port)") { isListening(port) }
        return child
    }

    func subscribe(_ topics: String..., id: String? = nil) async throws -> Child {
        var arguments = ["-p", "\(port)", "-q", "1", "-F", "%t %r %p"]
        if let id { arguments += ["-i", id, "-c"] }
        for topic in topics + ["probe/\(port)"] { arguments += ["-t", topic] }
        let child = try Child("mosquitto_sub", arguments, in: folder)
        // It has subscribed when it hears a probe.
        try await eventually("the subscriber hears") {
            try publishNow("probe/\(port)", "x")
            return child.text.contains("probe/")
        }
        return child
    }

    func publish(_ topic: String, _ payload: String, retain: Bool = false) async throws {
        let arguments = ["-p", "\(port)", "-q", "1", "-t", topic, "-m", payload] + (retain ? ["-r"] : [])
        let result = try await Tool.run("mosquitto_pub", arguments, in: folder)
        guard result.code == 0 else { throw Missing(what: "mosquitto_pub: \(result.text)") }
    }

    private func publishNow(_ topic: String, _ payload: String) throws {
        let child = try Child("mosquitto_pub", ["-p", "\(port)", "-t", topic, "-m", payload], in: folder)
        let deadline = Date().addingTimeInterval(5)
        while child.isRunning, Date() < deadline { usleep(5000) }
    }
}

/// One `fieldsim` machine.
struct Machine {
    let child: Child
    let control: String
    /// The TCP port, or the line's path.
    let port: Int
    let line: String
    private let folder: Folder

    enum Place {
        case tcp, line
    }

    init(_ kind: String, on place: Place = .tcp, unit: Int = 1, in folder: Folder, options: [String] = []) async throws
    {
        self.folder = folder
        let tag = UInt16.random(in: 0...UInt16.max)
        control = folder.path("\(kind)\(tag).sock")
        line = folder.path("\(kind)\(tag).line")
        let where_ = place == .tcp ? ["--port", "0"] : ["--pty-link", line]
        child = try Child(
            "fieldsim", [kind] + where_ + ["--unit", "\(unit)", "--control", control] + options, in: folder)
        let child = self.child
        try await eventually("\(kind) listens") { child.text.contains("listening") }
        port = Int(child.text.split(separator: ":").last?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "") ?? 0
    }

    @discardableResult
    func tell(_ command: String) async throws -> String {
        let words = command.split(separator: " ").map(String.init)
        let result = try await Tool.run("fieldsim", ["control", control] + words, in: folder)
        guard result.code == 0 else { throw Missing(what: "\(command): \(result.text)") }
        return result.text
    }
}

/// A gateway under test.
struct GatewayUnderTest {
    let site: String
    let options: [String]
    private let folder: Folder

    init(site: String, set: [String: String] = [:], in folder: Folder) {
        self.site = site
        self.folder = folder
        options = ["--config", site] + set.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    }

    /// Starts it and waits until it answers.
    func start(environment: [String: String] = [:]) async throws -> Child {
        let child = try Child("fieldgate", ["run"] + options, in: folder, environment: environment)
        try await eventually("the gateway has started:\n\(child.text)") {
            child.text.contains("gateway started") || !child.isRunning
        }
        return child
    }

    func run(_ command: String, _ more: [String] = []) async throws -> (code: Int32, text: String) {
        try await Tool.run("fieldgate", [command] + options + more, in: folder)
    }

    func status() async throws -> [String: Any] {
        try object(try await run("status", ["--json"]).text)
    }
}

/// One message as `mosquitto_sub` printed it: topic, retained flag, payload.
struct Message {
    let topic: String
    let retained: Bool
    let payload: [String: Any]

    init?(_ line: String) {
        let parts = line.split(separator: " ", maxSplits: 2)
        guard parts.count == 3, let payload = try? object(String(parts[2])) else { return nil }
        topic = String(parts[0])
        retained = parts[1] == "1"
        self.payload = payload
    }

    subscript(name: String) -> String? { payload[name] as? String }
    var sequence: Int? { payload["seq"] as? Int }
    var values: [String: Any] { payload["v"] as? [String: Any] ?? [:] }
    var qualities: [String: String] { payload["q"] as? [String: String] ?? [:] }
}

extension Child {
    /// What a subscriber has heard so far.
    var messages: [Message] { lines.compactMap(Message.init) }

    func results(of id: String) -> [Message] { messages.filter { $0["id"] == id } }
}

func object(_ text: String) throws -> [String: Any] {
    guard let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
        throw Missing(what: "no JSON object: \(text)")
    }
    return object
}

/// A port nobody listens on at this moment.
func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
        }
    }
    guard status == 0 else { throw Missing(what: "no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
}

func isListening(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
