import FieldModel

/// Multipath TCP's endpoints (ip-mptcp(8)): each path's address may carry a part of a connection (RFC 8684).
extension KernelNetwork {
    func setMultipath(_ commands: NetworkCommands, _ present: Set<String>, _ state: inout NetworkState) {
        let wanted = endpoints(commands, present)
        let found = reading.endpoints()
        guard !wanted.isEmpty || !found.isEmpty else { return }
        attempt("a connection to the broker keeps to one path", &state) { () throws(ToolFault) in
            for endpoint in found where !wanted.contains(endpoint.place) && isOurs(endpoint, commands.plan) {
                _ = try tools.run("ip", ["mptcp", "endpoint", "del", "id", endpoint.id])
            }
            guard !wanted.isEmpty else { return }
            _ = try tools.run("ip", ["mptcp", "limits", "set", "subflow", "4", "add_addr_accepted", "4"])
            for place in wanted where !found.contains(where: { $0.place == place }) {
                _ = try tools.run("ip", ["mptcp", "endpoint", "add", place.address, "dev", place.device, "subflow"])
            }
        }
    }

    func inspectMultipath(_ commands: NetworkCommands, _ present: Set<String>, _ state: inout NetworkState) {
        let found = reading.endpoints().map(\.place)
        for place in endpoints(commands, present) where !found.contains(place) {
            state.absent.append("ip mptcp endpoint: \(place.address) dev \(place.device)")
        }
    }

    private func endpoints(_ commands: NetworkCommands, _ present: Set<String>) -> [MultipathEndpoint.Place] {
        guard commands.plan.isMultipath else { return [] }
        return commands.plan.paths.filter { present.contains($0.device) }.compactMap { path in
            commands.addresses[path.device].map {
                MultipathEndpoint.Place(address: $0.address.description, device: path.device)
            }
        }
    }

    /// On a path's interface nobody else sets endpoints.
    private func isOurs(_ endpoint: MultipathEndpoint, _ plan: NetworkPlan) -> Bool {
        plan.paths.contains { $0.device == endpoint.place.device }
    }
}

/// One line of `ip mptcp endpoint show`: `10.64.0.2 id 1 subflow dev wwan0`.
package struct MultipathEndpoint: Hashable {
    package struct Place: Hashable {
        package var address: String
        package var device: String
    }

    package var id: String
    package var place: Place

    init?(_ line: Substring) {
        let words = line.split(separator: " ").map(String.init)
        guard let id = words.firstIndex(of: "id"), let device = words.firstIndex(of: "dev"), let address = words.first,
            words.indices.contains(id + 1), words.indices.contains(device + 1)
        else { return nil }
        self.id = words[id + 1]
        place = Place(address: address, device: words[device + 1])
    }
}

extension KernelReading {
    func endpoints() -> [MultipathEndpoint] {
        ((try? tools.run("ip", ["mptcp", "endpoint", "show"])) ?? "").split(separator: "\n")
            .compactMap(MultipathEndpoint.init)
    }
}
