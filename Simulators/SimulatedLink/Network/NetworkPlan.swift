/// The two carriers that a gateway can have.
package enum PathName: String, CaseIterable, Sendable, Hashable {
    case a, b

    package var number: Int { self == .a ? 0 : 1 }
    /// In the gateway's namespace.
    package var gatewayDevice: String { "wwan\(number)" }
    /// In the carrier's namespace.
    package static let carrierDevice = "radio0"
}

/// What `fieldsim net up` makes: five namespaces, TUN pairs without an emulator yet, cables, addresses and routes.
package struct NetworkPlan: Sendable {
    /// One namespace and what is inside.
    package struct Space: Sendable {
        package let role: String
        package var tuns: [String] = []
        /// Lines for `ip -batch`, in order; each may be repeated without harm.
        package var lines: [String] = []
        /// Names below /proc/sys/net/ipv4 and their values.
        package var settings: [(name: String, value: String)] = []
    }

    /// A pair of virtual Ethernet devices.
    package struct Cable: Sendable {
        package let ends: [(role: String, device: String)]
    }

    package let prefix: String
    package private(set) var spaces: [Space] = []
    package private(set) var cables: [Cable] = []

    package static let broker = "10.99.0.10"
    package static let secondTarget = "10.99.0.53"
    package static let roles = ["gateway", "carrier-a", "carrier-b", "cloud", "machine"]

    package init(prefix: String, paths: [PathName] = PathName.allCases) {
        self.prefix = prefix
        addGateway(paths)
        for path in paths { addCarrier(path) }
        addCloud(paths)
        addMachine()
    }

    package func namespace(_ role: String) -> String { "\(prefix)-\(role)" }

    private mutating func addGateway(_ paths: [PathName]) {
        var space = Space(role: "gateway", tuns: paths.map(\.gatewayDevice))
        space.settings = [("conf/all/rp_filter", "2"), ("conf/default/rp_filter", "2"), ("ip_forward", "1")]
        for path in paths {
            space.lines += Self.radio(path.gatewayDevice, "10.64.\(path.number).2/30")
            let metric = (path.number + 1) * 100
            space.lines.append(
                "route replace default via 10.64.\(path.number).1 dev \(path.gatewayDevice) metric \(metric)")
        }
        space.lines += Self.port("lan0", ["192.168.50.1/24"])
        cables.append(Cable(ends: [("gateway", "lan0"), ("machine", "eth0")]))
        spaces.append(space)
    }

    private mutating func addCarrier(_ path: PathName) {
        var space = Space(role: "carrier-\(path)", tuns: [PathName.carrierDevice])
        space.settings = [("ip_forward", "1"), ("conf/all/rp_filter", "2")]
        space.lines = Self.radio(PathName.carrierDevice, "10.64.\(path.number).1/30")
        space.lines += Self.port("core0", ["10.98.\(path.number).1/30"])
        space.lines.append("route replace default via 10.98.\(path.number).2 dev core0")
        space.lines.append("route replace 192.168.50.0/24 via 10.64.\(path.number).2 dev \(PathName.carrierDevice)")
        cables.append(Cable(ends: [("carrier-\(path)", "core0"), ("cloud", "carrier-\(path)")]))
        spaces.append(space)
    }

    private mutating func addCloud(_ paths: [PathName]) {
        var space = Space(role: "cloud")
        space.settings = [("conf/all/rp_filter", "2")]
        space.lines = ["addr replace \(Self.broker)/32 dev lo", "addr replace \(Self.secondTarget)/32 dev lo"]
        for path in paths {
            // A UDP server that is bound to no address answers with the broker's, and its client knows it.
            let via = "via 10.98.\(path.number).1 dev carrier-\(path) src \(Self.broker)"
            space.lines += Self.port("carrier-\(path)", ["10.98.\(path.number).2/30"])
            space.lines.append("route replace 10.64.\(path.number).0/30 \(via)")
            space.lines.append("route replace 192.168.50.0/24 \(via) metric \((path.number + 1) * 100)")
        }
        spaces.append(space)
    }

    private mutating func addMachine() {
        var space = Space(role: "machine")
        space.lines = Self.port("eth0", (10...13).map { "192.168.50.\($0)/24" })
        space.lines.append("route replace default via 192.168.50.1 dev eth0")
        spaces.append(space)
    }

    /// A radio device sends nothing of its own accord: every packet on it is somebody's, and is counted.
    private static func radio(_ device: String, _ address: String) -> [String] {
        ["link set \(device) addrgenmode none txqueuelen 1000 mtu 1500"] + port(device, [address])
    }

    private static func port(_ device: String, _ addresses: [String]) -> [String] {
        addresses.map { "addr replace \($0) dev \(device)" } + ["link set \(device) up"]
    }
}
