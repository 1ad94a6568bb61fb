import FieldModel

/// Reads `control` of a site: who may drive which machine, and how.
struct ControlReader {
    private let section: Section
    private let around: SiteReader.Surroundings
    private let devices: [DeviceSettings]
    private let buses: [BusSettings]
    private let broker: BrokerSettings?
    private let gateway: String
    /// The site has an entry for that device, be it a faulty one.
    private let isListed: (String) -> Bool

    init(
        _ section: Section, around: SiteReader.Surroundings, devices: [DeviceSettings], buses: [BusSettings],
        broker: BrokerSettings?, gateway: String, isListed: @escaping (String) -> Bool
    ) {
        self.section = section
        self.around = around
        self.devices = devices
        self.buses = buses
        self.broker = broker
        self.gateway = gateway
        self.isListed = isListed
    }

    func read() -> ControlSettings? {
        defer { section.finish() }
        let roster = readFile("roster", what: "the signed roster of operators")
        let machineKey = readFile("machine_key", what: "the machine's secret key").flatMap(readSecret)
        let ownerKey = section.require(
            "owner_key", section.text("owner_key"), remedy: "give the public key that signs the roster"
        ).flatMap {
            hexadecimal(
                "owner_key", $0, what: "the owner's public key",
                remedy: "write what `fieldgate-operator key show owner.key` prints")
        }
        let controlled = readDevices()
        let clientID = readClientID()
        let owner = section.text("owner") ?? ""
        let location = section.text("location") ?? ""
        let isDirect = section.flag("direct") ?? true
        let isRealTime = section.flag("real_time") ?? true
        guard let roster, let machineKey, let ownerKey else { return nil }
        let texts = ControlPaperTexts(
            roster: Array(roster.utf8), rosterFile: path("roster"), ownerKey: ownerKey,
            ownerKeyLine: section.line(of: "owner_key"), machineKey: machineKey, machineKeyFile: path("machine_key"))
        for fault in around.judge(texts) { section.reject(fault.key, fault.message, remedy: fault.remedy) }
        return ControlSettings(
            roster: Array(roster.utf8), ownerKey: ownerKey, machineKey: machineKey, owner: owner,
            location: location, clientID: clientID, isDirect: isDirect, isRealTime: isRealTime, devices: controlled)
    }

    private func readFile(_ key: String, what: String) -> String? {
        let name = section.require(key, section.text(key), remedy: "name the file with \(what)")
        guard let name else { return nil }
        let path = around.resolve(name)
        guard let text = around.readText(path) else {
            section.reject(
                key, "\(path) cannot be read: \(around.reason(path) ?? "no reason is known")",
                remedy: "correct the path, which is taken from the site file's folder, or the file's rights; "
                    + "`fieldgate-operator` makes it, see Docs/control.md")
            return nil
        }
        return text
    }

    private func path(_ key: String) -> String { section.text(key).map(around.resolve) ?? key }

    /// A secret is its owner's alone, and no public key.
    private func readSecret(_ text: String) -> String? {
        let path = path("machine_key")
        guard !path.hasSuffix(".pub") else {
            section.reject(
                "machine_key", "\(path) is by its name a public key",
                remedy: "name the file of the secret key that `fieldgate-operator key new` made")
            return nil
        }
        if let fault = around.secretFault(path) {
            section.reject(
                "machine_key", "\(path) \(fault)",
                remedy: "chmod 600 \(path), and better make a new key; where it is the public key, name the secret one")
        }
        return hexadecimal(
            "machine_key", text, what: "the file of the machine's secret key",
            remedy: "make one with `fieldgate-operator key new`")
    }

    private func hexadecimal(_ key: String, _ text: String, what: String, remedy: String) -> String? {
        let digits = text.filter { !$0.isWhitespace }
        guard digits.count == 64, digits.allSatisfy(\.isHexDigit) else {
            section.reject(
                key, "\(what) is not 64 hexadecimal digits", remedy: remedy)
            return nil
        }
        return digits
    }

    /// Two clients of one id throw each other out, again and again.
    private func readClientID() -> String {
        let own = section.identifier("client_id") ?? gateway + "-control"
        if let broker, own == broker.clientID {
            section.reject(
                "client_id", "'\(own)' is the client id of the gateway's other connection, see `broker`",
                remedy: "give this one another")
        }
        return own
    }

    private func readDevices() -> [DeviceControl] {
        if !section.has("devices") {
            section.reject(nil, "'devices' is missing", remedy: "list the machines: `devices: [{device: loader}]`")
        }
        var seen: Set<String> = []
        return section.sections("devices").compactMap { part in
            if let name = part.text("device"), !seen.insert(name).inserted {
                part.reject("device", "'\(name)' is there twice", remedy: "list each machine once")
            }
            return readDevice(part)
        }
    }

    private func readDevice(_ part: Section) -> DeviceControl? {
        defer { part.finish() }
        let name = part.require("device", part.text("device"), remedy: "name one of the site's devices")
        let timeout = part.duration("timeout", in: .milliseconds(10)...(.milliseconds(200))) ?? .milliseconds(50)
        let own = part.flag("own_connection")
        let serial = part.text("serial") ?? ""
        let limits = ControlLimitsReader(part)
        guard let name, let device = device(name, part), let bus = buses.first(where: { $0.id == device.bus }),
            var map = controlMap(of: device, part)
        else {
            _ = limits.read()
            return nil
        }
        let isOwn = isOwnConnection(own, bus, map, part)
        let isQuick = isOwn || answersSoon(bus, part)
        if !isOwn { map.maxRegisters = min(map.maxRegisters, bus.address.shortReads) }
        return DeviceControl(
            device: name, map: map, ownConnection: isOwn, timeout: timeout,
            limits: limits.read(map, transaction: isOwn ? timeout : isQuick ? bus.timeout : .zero), serial: serial)
    }

    /// What is wrong with a device or its profile was said where it stands.
    private func device(_ name: String, _ part: Section) -> DeviceSettings? {
        let device = devices.first { $0.id == name }
        if device == nil, !isListed(name) {
            let names = devices.map(\.id).joined(separator: ", ")
            part.reject(
                "device", "there is no device '\(name)'",
                remedy: names.isEmpty ? "list it under `devices:` of the site" : "name one of \(names)")
        }
        return device
    }

    private func controlMap(of device: DeviceSettings, _ part: Section) -> ControlMap? {
        if device.map.control == nil, !part.isReported("control", elsewhereThan: part.file) {
            part.reject(
                "device", "the profile '\(device.map.id)' has no `control:`",
                remedy: "say in the profile how such a machine is driven, see Docs/control.md")
        }
        return device.map.control
    }

    private func isOwnConnection(_ own: Bool?, _ bus: BusSettings, _ map: ControlMap, _ part: Section) -> Bool {
        guard case .tcp = bus.address else {
            if own == true {
                part.reject("own_connection", "a serial line has one master", remedy: "leave own_connection out")
            }
            return false
        }
        if own == false, map.permit == nil {
            part.reject(
                "own_connection",
                "the machine takes no permit: what a dead gateway left in the bus's connection could move it later",
                remedy: "leave own_connection out: before its own connection the gateway waits until that is over")
        }
        return own ?? true
    }

    /// On a shared bus control waits for the transaction that is under way, of whichever unit.
    private func answersSoon(_ bus: BusSettings, _ part: Section) -> Bool {
        if part.has("timeout") {
            part.reject(
                "timeout", "this machine has no connection of its own",
                remedy: "leave it out, and set the timeout of the bus '\(bus.id)'")
        }
        let most = SessionLimits().deviceSilence
        guard bus.timeout >= most else { return true }
        part.reject(
            nil, "control shares the bus '\(bus.id)', and a silent unit would hold it for \(bus.timeout.text)",
            remedy: "set its timeout below \(most.text), e.g. `timeout: 100ms`")
        return false
    }
}
