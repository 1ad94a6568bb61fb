import FieldModel

/// Reads a site: one gateway, its broker, spool, buses and devices.
struct SiteReader {
    static let schema = "fg.site/1"

    /// What reading a site needs from outside: its folder, its profiles, its files.
    struct Surroundings {
        /// The path a relative one in the file stands for.
        var resolve: (String) -> String
        /// The profile in that file, read once; nil when it cannot be used (its problems are reported).
        var profile: (String) -> Result<RegisterMap?, Problem>
        /// The same for a modem's profile.
        var modemProfile: (String) -> Result<ModemProfile?, Problem>
        var isReadable: (String) -> Bool
        var readText: (String) -> String?
        /// Why a file cannot be read.
        var reason: (String) -> String?
        var secretFault: (String) -> String?
        var judge: ControlPapersJudge
    }

    private let root: Section
    private let around: Surroundings

    init(_ root: Section, around: Surroundings) {
        self.root = root
        self.around = around
    }

    func read(fingerprint: String) -> SiteSettings? {
        checkSchema()
        let gateway = readGateway()
        let clock = readClock()
        let broker = readBroker(gateway: gateway ?? "gateway")
        let spool = readSpool()
        let admin = readAdmin(spool: spool)
        let buses = readBuses()
        let devices = readDevices(buses: buses)
        let link = root.section("link").flatMap { LinkReader($0, around: around).read() }
        let control = root.section("control").flatMap {
            ControlReader(
                $0, around: around, devices: devices, buses: buses, broker: broker, gateway: gateway ?? "gateway",
                isListed: { isListed($0, under: "devices") }
            ).read()
        }
        let metering = root.section("metering").flatMap { MeteringReader($0, link: link).read() }
        root.finish()
        guard let gateway, let broker, let spool, let admin else { return nil }
        return SiteSettings(
            gateway: gateway, clock: clock, broker: broker, spool: spool, adminSocket: admin, buses: buses,
            devices: devices, link: link, control: control, metering: metering, fingerprint: fingerprint)
    }

    private func checkSchema() {
        let schema = root.require("schema", root.text("schema"), remedy: "begin the file with `schema: \(Self.schema)`")
        guard let schema, schema != Self.schema else { return }
        root.reject("schema", "'\(schema)' is not a site this version reads", remedy: "write `\(Self.schema)`")
    }

    private func readGateway() -> String? {
        let section = root.require("gateway", root.section("gateway"), remedy: "name it: `gateway: {id: loader-0001}`")
        defer { section?.finish() }
        return section.flatMap {
            $0.require("id", $0.identifier("id"), remedy: "give the gateway a name, e.g. `id: loader-0001`")
        }
    }

    private func readClock() -> ClockSource {
        guard let section = root.section("clock") else { return .kernel }
        defer { section.finish() }
        return section.choice("source", ClockSource.allCases.map { ($0.rawValue, $0) }) ?? .kernel
    }

    private func readAdmin(spool: SpoolSettings?) -> String? {
        let section = root.section("admin")
        defer { section?.finish() }
        guard let path = section?.text("socket").map(around.resolve) ?? spool.map({ $0.directory + "/admin.sock" })
        else { return nil }
        guard path.utf8.count < 108 else {
            (section ?? root).reject(
                section == nil ? "spool" : "socket",
                "the path of the admin socket, \(path), is longer than the 107 bytes the kernel takes",
                remedy: "name a shorter one with admin.socket")
            return nil
        }
        return path
    }

    private func readSpool() -> SpoolSettings? {
        let section = root.require(
            "spool", root.section("spool"), remedy: "name its folder: `spool: {directory: /var/lib/fieldgate}`")
        guard let section else { return nil }
        defer { section.finish() }
        let directory = section.require(
            "directory", section.text("directory"), remedy: "name the folder that holds the rows")
        var spool = SpoolSettings(directory: around.resolve(directory ?? "."))
        spool.commitInterval =
            section.duration("commit_interval", in: .milliseconds(10)...(.seconds(60))) ?? spool.commitInterval
        spool.groupRows = section.integer("group_rows", in: 1...100_000) ?? spool.groupRows
        spool.memoryBytes = section.size("memory", in: 64 << 10...1 << 30) ?? spool.memoryBytes
        if let telemetry = section.section("telemetry") {
            spool.telemetryBytes = telemetry.size("max_bytes", in: 64 << 10...1 << 40) ?? spool.telemetryBytes
            spool.telemetryAge =
                telemetry.duration("max_age", in: .seconds(1)...(.seconds(3650 * 86_400))) ?? spool.telemetryAge
            telemetry.finish()
        }
        return directory == nil ? nil : spool
    }

    private func readBuses() -> [BusSettings] {
        if !root.has("buses") {
            root.reject(nil, "'buses' is missing", remedy: "list at least one bus under `buses:`")
        }
        var seen: Set<String> = []
        var lines: Set<String> = []
        return root.sections("buses").compactMap { section in
            let bus = BusReader(section, resolve: around.resolve).read()
            if case .rtu(let settings)? = bus?.address, !lines.insert(settings.device).inserted {
                section.reject(
                    "rtu", "another bus has the serial device \(settings.device) already",
                    remedy: "put all units of one line on one bus")
            }
            if let id = bus?.id, !seen.insert(id).inserted {
                section.reject("id", "the id '\(id)' is taken already", remedy: "give each bus a name of its own")
                return nil
            }
            return bus
        }
    }

    private func readDevices(buses: [BusSettings]) -> [DeviceSettings] {
        let sections = root.sections("devices")
        if sections.isEmpty, !root.has("devices") {
            root.reject(nil, "'devices' is missing", remedy: "list at least one device under `devices:`")
        }
        var seen: Set<String> = []
        return sections.compactMap { section in
            guard let device = readDevice(section, buses: buses) else { return nil }
            guard seen.insert(device.id).inserted else {
                section.reject("id", "the id '\(device.id)' is taken already", remedy: "give each device its own name")
                return nil
            }
            return device
        }
    }

    private func readDevice(_ section: Section, buses: [BusSettings]) -> DeviceSettings? {
        defer { section.finish() }
        let id = section.require("id", section.identifier("id"), remedy: "name the device, e.g. `id: loader`")
        if id == "gateway" {
            section.reject("id", "'gateway' means the gateway itself in topics", remedy: "choose another name")
        }
        let busID = section.require("bus", section.text("bus"), remedy: "name the bus the device is on")
        let bus = buses.first { $0.id == busID }
        if let busID, bus == nil, !isListed(busID, under: "buses") {
            let names = buses.map(\.id).joined(separator: ", ")
            section.reject(
                "bus", "there is no bus '\(busID)'",
                remedy: names.isEmpty ? "list it under `buses:`" : "name one of \(names)")
        }
        let unit = section.integer("unit", in: 0...255) ?? 1
        if case .rtu? = bus?.address, !(1...247).contains(unit) {
            section.reject("unit", "on a serial line units are 1 to 247, not \(unit)", remedy: "correct the unit")
        }
        let file = section.require("profile", section.text("profile"), remedy: "name the profile's file")
        guard let id, let file, let map = profile(file, section), let bus else { return nil }
        return DeviceSettings(id: id, bus: bus.id, unit: UInt8(unit), map: map)
    }

    /// An entry that is there and faulty is not missing, nor is any where the list itself is.
    private func isListed(_ id: String, under key: String) -> Bool {
        guard case .sequence(let items)? = root.node(key)?.content else { return true }
        return items.contains { $0.isNamed(id) }
    }

    private func profile(_ file: String, _ section: Section) -> RegisterMap? {
        switch around.profile(around.resolve(file)) {
        case .success(let map): return map
        case .failure(let problem):
            section.reject("profile", problem.message, remedy: problem.remedy)
            return nil
        }
    }

    private func readBroker(gateway: String) -> BrokerSettings? {
        let section = root.require(
            "broker", root.section("broker"), remedy: "say where it is: `broker: {host: mqtt.example.com, tls: {}}`")
        return section.flatMap { BrokerReader($0, around: around).read(gateway: gateway) }
    }
}
