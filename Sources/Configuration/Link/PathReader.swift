import FieldModel

/// Reads one entry of `link.paths`.
struct PathReader {
    private let section: Section
    private let modems: [String]

    init(_ section: Section, modems: [String]) {
        self.section = section
        self.modems = modems
    }

    func read() -> PathSettings? {
        defer { section.finish() }
        let id = section.require("id", section.identifier("id"), remedy: "name the path, e.g. `id: a`")
        let device = section.require(
            "device", section.device("device"), remedy: "name the network interface, e.g. `device: wwan0`")
        let modem = section.text("modem")
        if let modem, !modems.contains(modem) {
            section.reject(
                "modem", "there is no modem '\(modem)'",
                remedy: modems.isEmpty
                    ? "list it under `link.modems:`" : "name one of \(modems.joined(separator: ", "))")
        }
        let gateway = section.address("gateway", [.v4])
        let rate = section.section("rate").flatMap(readRate)
        let probing = readProbing()
        guard let id, let device else { return nil }
        return PathSettings(
            id: id, device: device, gateway: gateway, modem: modem, targets: probing.targets, probeEvery: probing.every,
            probeEveryLoaded: probing.loaded, patience: probing.patience, rate: rate)
    }

    private func readRate(_ rate: Section) -> RateSettings? {
        defer { rate.finish() }
        let least = rate.rate("least") ?? .megabits(1)
        let most = rate.require(
            "most", rate.rate("most"), remedy: "say what the radio carries at best: `most: 50Mbit/s`")
        guard let most else { return nil }
        let start = rate.rate("start") ?? max(least, most * 0.5)
        guard least <= start, start <= most else {
            rate.reject(
                nil, "least, start and most are not in this order",
                remedy: "start lies between least (1Mbit/s where not given) and most")
            return nil
        }
        return RateSettings(start: start, least: least, most: most)
    }

    private typealias Probing = (targets: [ProbeTarget], every: Duration, loaded: Duration, patience: PathPatience)

    private func readProbing() -> Probing {
        var patience = PathPatience()
        let probe = section.require(
            "probe", section.section("probe"),
            remedy: "say whom to ask: `probe: {targets: [{icmp: 203.0.113.1}, {icmp: 198.51.100.1}]}`")
        guard let probe else { return ([], .milliseconds(250), .milliseconds(50), patience) }
        defer { probe.finish() }
        let targets = probe.sections("targets").compactMap(readTarget)
        if !probe.has("targets") {
            probe.reject(nil, "'targets' is missing", remedy: "name two: one that fails must not condemn the path")
        }
        let every = probe.duration("every", in: .milliseconds(20)...(.seconds(60))) ?? .milliseconds(250)
        let loaded = probe.duration("every_loaded", in: .milliseconds(10)...(.seconds(60))) ?? .milliseconds(50)
        patience.failAfter =
            probe.duration("fail_after", in: .milliseconds(100)...(.seconds(600))) ?? max(.seconds(1), every * 4)
        patience.recoverAfter = probe.duration("recover_after", in: .zero...(.seconds(600))) ?? patience.recoverAfter
        if patience.failAfter < every * 2 {
            probe.reject(
                "fail_after", "fail_after leaves no time for two probes, which are sent every \(every.text)",
                remedy: "make it \((every * 4).text) or longer")
        }
        return (targets, every, min(loaded, every), patience)
    }

    private func readTarget(_ target: Section) -> ProbeTarget? {
        defer { target.finish() }
        let port = target.integer("port", in: 1...65_535).map(UInt16.init)
        let kinds: [(String, ProbeTarget.Kind?)] = [
            ("icmp", .icmp), ("tcp", port.map { .tcp(port: $0) }), ("udp", port.map { .udp(port: $0) }),
        ]
        let given = kinds.filter { target.has($0.0) }
        guard given.count == 1, let (key, kind) = given.first else {
            target.reject(nil, "a target is one of icmp, tcp, udp", remedy: "write e.g. `{icmp: 203.0.113.1}`")
            return nil
        }
        guard let kind else {
            target.reject(
                nil, "'port' is missing", remedy: "a target by \(key) has one, e.g. `{\(key): 203.0.113.1, port: 7}`")
            return nil
        }
        if kind == .icmp, port != nil {
            target.reject("port", "an ICMP echo has no port", remedy: "take it out")
        }
        return target.address(key, [.v4, .v6]).map { ProbeTarget(kind: kind, address: $0) }
    }
}
