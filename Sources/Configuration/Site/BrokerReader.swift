import FieldModel

/// Reads `broker`, and refuses to send a machine's data in clear over a network unless told to.
struct BrokerReader {
    private let section: Section
    private let around: SiteReader.Surroundings

    init(_ section: Section, around: SiteReader.Surroundings) {
        self.section = section
        self.around = around
    }

    func read(gateway: String) -> BrokerSettings? {
        defer { section.finish() }
        let host = section.require("host", section.text("host"), remedy: "give the broker's address or name")
        let tls = section.section("tls").map(readTLS)
        let port = section.integer("port", in: 1...65_535) ?? (tls == nil ? 1883 : 8883)
        let insecure = section.flag("insecure") ?? false
        if let host, tls == nil, !insecure, !Self.isLoopback(host) {
            section.reject(
                nil, "'\(host)' is not this machine, and the connection would be in clear",
                remedy: "add `tls: {ca: FILE}`, or `insecure: true` if the network is yours alone")
        }
        let username = section.text("username")
        let password = section.text("password_file").flatMap(readPassword)
        if section.has("password_file"), username == nil {
            section.reject("password_file", "a password without a 'username'", remedy: "add the user's name")
        }
        let settings = BrokerSettings(
            host: host ?? "", port: UInt16(port), tls: tls, username: username, password: password,
            clientID: section.identifier("client_id") ?? "fg-\(gateway)",
            keepAlive: section.duration("keepalive", in: .seconds(5)...(.seconds(65_535))) ?? .seconds(30),
            window: section.integer("in_flight", in: 1...1000) ?? 50,
            sessionExpiry: section.duration("session_expiry", in: .zero...(.seconds(30 * 86_400))) ?? .seconds(3600),
            isMultipath: section.flag("multipath") ?? false, receiver: readReceiver())
        return host == nil ? nil : settings
    }

    private func readReceiver() -> String? {
        guard let key = section.text("receiver_key") else { return nil }
        guard key.utf8.count == 64, key.allSatisfy(\.isHexDigit) else {
            section.reject(
                "receiver_key", "'\(key)' is no public key",
                remedy: "write the 64 hexadecimal digits that the receiver of usage records shows as its key")
            return nil
        }
        return key
    }

    private func readTLS(_ tls: Section) -> BrokerSettings.TLS {
        defer { tls.finish() }
        let settings = BrokerSettings.TLS(
            authority: file("ca", tls), certificate: file("certificate", tls), key: file("key", tls))
        if tls.has("certificate") != tls.has("key") {
            tls.reject(nil, "'certificate' and 'key' go together", remedy: "name both files, or neither")
        }
        return settings
    }

    private func file(_ key: String, _ tls: Section) -> String? {
        guard let path = tls.text(key).map(around.resolve) else { return nil }
        if !around.isReadable(path) {
            tls.reject(key, "\(path) cannot be read", remedy: "check the path and the rights of this user")
        }
        return path
    }

    private func readPassword(_ file: String) -> String? {
        let path = around.resolve(file)
        guard let text = around.readText(path) else {
            section.reject(
                "password_file", "\(path) cannot be read", remedy: "check the path and the rights of this user")
            return nil
        }
        return String(text.prefix { $0 != "\n" && $0 != "\r\n" })
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
