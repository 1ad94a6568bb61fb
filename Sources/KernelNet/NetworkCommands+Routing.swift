import FieldModel

/// One policy routing rule (ip-rule(8)) made here.
package struct PolicyRule: Hashable, Sendable {
    package enum Selector: Hashable, Sendable {
        case mark(Int)
        case source(String)
        case output(String)
        case input(String)
        /// The main table, but for its default routes: what is at hand stays at hand.
        case near
        case everything
    }

    /// The kernel's own table.
    package static let main = 254

    package var priority: Int
    package var selector: Selector
    package var table: Int

    /// As `ip rule add` and `ip rule del` read it.
    package var text: String {
        let words =
            switch selector {
            case .mark(let mark): "fwmark \(mark)"
            case .source(let address): "from \(address)"
            case .output(let device): "oif \(device)"
            case .input(let device): "iif \(device)"
            case .near: "suppress_prefixlength 0"
            case .everything: "from all"
            }
        return "priority \(priority) \(words) lookup \(table) protocol \(NetworkCommands.mark)"
    }

    package init(priority: Int, selector: Selector, table: Int) {
        self.priority = priority
        self.selector = selector
        self.table = table
    }
}

/// One route of a path's table.
package struct PathRoute: Hashable, Sendable {
    /// `default`, or a network with its prefix.
    package var destination: String
    package var gateway: String?
    package var device: String
    package var source: String?
    package var table: Int
    /// The least wait before TCP sends again, in milliseconds; nil is the kernel's 200.
    package var patience: Int?

    package var text: String {
        var words = destination
        // The next hop need not be in the main table's networks: it is on this link.
        if let gateway { words += " via \(gateway) onlink" }
        words += " dev \(device)"
        if gateway == nil { words += " scope link" }
        if let source { words += " src \(source)" }
        if let patience { words += " rto_min \(patience)ms" }
        return "\(words) table \(table) proto \(NetworkCommands.mark)"
    }

    /// What `ip route del` needs to find it.
    package var name: String { "\(destination) dev \(device) table \(table) proto \(NetworkCommands.mark)" }
}

extension NetworkCommands {
    /// Where each kind of rule begins; the path's place is added. All are before the main table's rule, 32766.
    private enum First {
        static let mark = 20_100
        static let source = 20_200
        static let output = 20_300
        static let forwarded = 20_400
        static let others = 20_500
    }

    package var rules: [PolicyRule] {
        var rules = plan.paths.enumerated().map { place, path in
            PolicyRule(priority: First.mark + place, selector: .mark(path.table), table: path.table)
        }
        for (place, path) in plan.paths.enumerated() {
            guard let address = addresses[path.device]?.address else { continue }
            rules.append(
                PolicyRule(
                    priority: First.source + place, selector: .source(address.description), table: path.table))
        }
        // SO_BINDTODEVICE: such a socket looks with its device, and the main table may have no route there.
        rules += plan.paths.enumerated().map { place, path in
            PolicyRule(priority: First.output + place, selector: .output(path.device), table: path.table)
        }
        if let device = plan.cameraDevice, let path = plan.paths.first(where: { $0.id == plan.bulkPath }) {
            rules.append(PolicyRule(priority: First.forwarded, selector: .input(device), table: path.table))
        }
        if let path = plan.paths.first(where: { $0.id == plan.othersPath }) {
            rules.append(PolicyRule(priority: First.others, selector: .near, table: PolicyRule.main))
            rules.append(PolicyRule(priority: First.others + 1, selector: .everything, table: path.table))
        }
        return rules
    }

    package var routes: [PathRoute] {
        plan.paths.flatMap(routes(of:))
    }

    /// Multipath TCP notices a dead path by what is not acknowledged in time, and then takes another.
    private static let multipathPatience = 40

    package func routes(of path: NetworkPlan.Path) -> [PathRoute] {
        let address = addresses[path.device]
        let all = PathRoute(
            destination: "default", gateway: path.gateway, device: path.device,
            source: address?.address.description, table: path.table,
            patience: plan.isMultipath ? Self.multipathPatience : nil)
        guard let address, address.prefix < 32 else { return [all] }
        // Neighbours on the link are reached without the gateway.
        let network = "\(address.address.network(prefix: address.prefix))/\(address.prefix)"
        let near = PathRoute(
            destination: network, gateway: nil, device: path.device, source: address.address.description,
            table: path.table)
        return [near, all]
    }
}
