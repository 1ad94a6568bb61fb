import FieldModel

/// Reads `control` of a site: who may drive which machine, and how.
struct ControlReader {
    private let section: Section
    private let around: SiteReader.Surroundings
    private let devices: [DeviceSettings]
    private let buses: [BusSettings]
    private let gateway: String

    init(
        _ section: Section, around: SiteReader.Surroundings, devices: [DeviceSettings], buses: [BusSettings],
        gateway: String
    ) {
        self.section = section
        self.around = around
        self.devices = devices
        self.buses = buses
        self.gateway = gateway
    }

    func read() -> ControlSettings? {
        defer { section.finish() }
        let roster = readFile("roster", what: "the signed roster of operators")
        let machineKey = readFile("machine_key", what: "the machine's secret key").flatMap { text in
            hexadecimal("machine_key", text, what: "the file of the machine's secret key")
        }
        let ownerKey = section.require(
            "owner_key", section.text("owner_key"), remedy: "give the public key that signs the roster"
        ).flatMap { hexadecimal("owner_key", $0, what: "the owner's public key") }
        let controlled = section.sections("devices").compactMap(readDevice)
        if !section.has("devices") {
            section.reject(nil, "'devices' is missing", remedy: "list the machines: `devices: [{device: loader}]`")
        }
        let clientID = section.text("client_id") ?? gateway + "-control"
        let owner = section.text("owner") ?? ""
        let location = section.text("location") ?? ""
        let isDirect = section.flag("direct") ?? true
        let isRealTime = section.flag("real_time") ?? true
        guard let roster, let machineKey, let ownerKey else { return nil }
        return ControlSettings(
            roster: Array(roster.utf8), ownerKey: ownerKey, machineKey: machineKey, owner: owner,
            location: location, clientID: clientID, isDirect: isDirect, isRealTime: isRealTime, devices: controlled)
    }

    private func readFile(_ key: String, what: String) -> String? {
        let name = section.require(key, section.text(key), remedy: "name the file with \(what)")
        guard let name else { return nil }
        guard let text = around.readText(around.resolve(name)) else {
            section.reject(
                key, "\(around.resolve(name)) cannot be read",
                remedy: "make it with `fieldgate-operator`, see Docs/control.md")
            return nil
        }
        return text
    }

    private func hexadecimal(_ key: String, _ text: String, what: String) -> String? {
        let digits = text.filter { !$0.isWhitespace }
        guard digits.count == 64, digits.allSatisfy(\.isHexDigit) else {
            section.reject(
                key, "\(what) is not 64 hexadecimal digits", remedy: "make one with `fieldgate-operator key`")
            return nil
        }
        return digits
    }

    private func readDevice(_ part: Section) -> DeviceControl? {
        defer { part.finish() }
        let name = part.require("device", part.text("device"), remedy: "name one of the site's devices")
        let timeout = part.duration("timeout", in: .milliseconds(10)...(.milliseconds(200))) ?? .milliseconds(50)
        let own = part.flag("own_connection")
        let serial = part.text("serial") ?? ""
        guard let name else { return nil }
        guard let device = devices.first(where: { $0.id == name }) else {
            part.reject("device", "there is no device '\(name)'", remedy: "list it under `devices:`")
            return nil
        }
        guard let map = device.map.control else {
            part.reject(
                "device", "the profile '\(device.map.id)' has no `control:`",
                remedy: "say in the profile how such a machine is driven, see Docs/control.md")
            return nil
        }
        let isTCP =
            buses.first { $0.id == device.bus }.map { if case .tcp = $0.address { true } else { false } } ?? false
        if own == true, !isTCP {
            part.reject("own_connection", "a serial line has one master", remedy: "leave own_connection out")
        }
        var limits = readLimits(part, map)
        limits.creep = map.creep
        return DeviceControl(
            device: name, map: map, ownConnection: (own ?? true) && isTCP, timeout: timeout, limits: limits,
            serial: serial)
    }

    /// Within what Docs/control-safety.md allows, and in their order.
    private func readLimits(_ part: Section, _ map: ControlMap) -> SessionLimits {
        var limits = SessionLimits()
        guard let section = part.section("limits") else { return checked(limits, part, map) }
        defer { section.finish() }
        func read(_ key: String, _ path: WritableKeyPath<SessionLimits, Duration>, _ least: Int, _ most: Int) {
            if let value = section.duration(key, in: .milliseconds(least)...(.milliseconds(most))) {
                limits[keyPath: path] = value
            }
        }
        read("freshness", \.freshness, 50, 400)
        read("degrade_after", \.degradeAfter, 50, 300)
        read("stop_after", \.stopAfter, 100, 600)
        read("ramp", \.ramp, 0, 300)
        read("enable_hold", \.enableHold, 100, 2000)
        read("lease", \.lease, 500, 10_000)
        read("unused", \.unused, 10_000, 600_000)
        read("round_trip", \.roundTrip, 10, 250)
        read("video_age", \.videoAge, 100, 1000)
        read("confirm", \.confirm, 1000, 60_000)
        limits.echoes = section.integer("echoes", in: 10...500) ?? limits.echoes
        return checked(limits, section, map)
    }

    private func checked(_ limits: SessionLimits, _ place: Section, _ map: ControlMap) -> SessionLimits {
        func text(_ duration: Duration) -> String { "\(duration.wholeMilliseconds)ms" }
        if limits.degradeAfter >= limits.stopAfter {
            place.reject(
                "degrade_after", "\(text(limits.degradeAfter)) is not before stop_after, \(text(limits.stopAfter))",
                remedy: "let DEGRADED come first")
        }
        if limits.freshness > limits.stopAfter {
            place.reject(
                "freshness", "a frame of \(text(limits.freshness)) would be fresh after the stop",
                remedy: "no more than stop_after, \(text(limits.stopAfter))")
        }
        if limits.enableHold < limits.freshness {
            place.reject(
                "enable_hold", "\(text(limits.enableHold)) is shorter than freshness, \(text(limits.freshness))",
                remedy: "hold enable longer than a frame may be late: an edge of before a stop must not count after it")
        }
        if map.watchdog.longest <= limits.stopAfter {
            place.reject(
                "stop_after",
                "the machine's watchdog may trip after \(text(map.watchdog.longest)), before the gateway stops it",
                remedy: "keep stop_after below the profile's watchdog time")
        }
        return limits
    }
}
