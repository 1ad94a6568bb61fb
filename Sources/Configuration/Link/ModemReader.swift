import FieldModel

/// Reads one entry of `link.modems`.
struct ModemReader {
    private let section: Section
    private let around: SiteReader.Surroundings

    init(_ section: Section, around: SiteReader.Surroundings) {
        self.section = section
        self.around = around
    }

    func read() -> ModemSettings? {
        defer { section.finish() }
        let id = section.require("id", section.identifier("id"), remedy: "name the modem, e.g. `id: main`")
        let driver = readDriver()
        let accessPoint = section.require(
            "apn", section.text("apn"), remedy: "name the access point, as the carrier gives it")
        let slice = readSlice()
        let usb = section.usbDevice("usb_device")
        let commands: [RecoveryRung: [String]] = [
            .power: section.texts("power_command"), .host: section.texts("restart_command"),
        ].compactMapValues { $0 }
        let recovery = readRecovery(usb: usb != nil, commands: commands)
        let settings = (
            pin: readPIN(), binding: section.section("binding").flatMap(readBinding),
            poll: section.duration("poll_every", in: .milliseconds(100)...(.seconds(3600))) ?? .seconds(10)
        )
        guard let id, let driver, let accessPoint else { return nil }
        return ModemSettings(
            id: id, driver: driver, session: SessionSettings(accessPoint: accessPoint, slice: slice), pin: settings.pin,
            binding: settings.binding, pollEvery: settings.poll, recovery: recovery, usbDevice: usb, commands: commands)
    }

    private func readDriver() -> ModemSettings.Driver? {
        let at = section.section("at")
        let manager = section.section("modem_manager")
        guard (at == nil) != (manager == nil) else {
            section.reject(
                nil, at == nil ? "neither 'at' nor 'modem_manager'" : "both 'at' and 'modem_manager'",
                remedy: "say once who talks to it: `at: {ports: [/dev/ttyUSB2]}` or `modem_manager: {}`")
            return nil
        }
        if let at { return readAT(at) }
        return manager.map { manager in
            defer { manager.finish() }
            return .modemManager(imei: manager.digits("imei", 15...15), bus: manager.text("bus"))
        }
    }

    private func readAT(_ at: Section) -> ModemSettings.Driver? {
        defer { at.finish() }
        let ports = at.require(
            "ports", at.texts("ports"),
            remedy: "name the port, and under which other names it may return: `ports: [/dev/ttyUSB2, /dev/ttyUSB3]`")
        guard let profile = profile(at), let ports else { return nil }
        return .at(ports: ports.map { $0.hasPrefix("@") ? $0 : around.resolve($0) }, profile: profile)
    }

    /// The core of 3GPP TS 27.007 where none is named.
    private func profile(_ at: Section) -> ModemProfile? {
        guard let file = at.text("profile") else { return at.has("profile") ? nil : .generic }
        switch around.modemProfile(around.resolve(file)) {
        case .success(let profile): return profile
        case .failure(let problem):
            at.reject("profile", problem.message, remedy: problem.remedy)
            return nil
        }
    }

    /// `1` or `1.0000ab`: service type and differentiator (3GPP TS 23.003, 28.4.2).
    private func readSlice() -> NetworkSlice? {
        guard let text = section.text("slice") else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let differentiator = parts.count == 2 ? UInt32(parts[1], radix: 16) : nil
        guard parts.count <= 2, let type = UInt8(parts[0]), type > 0,
            parts.count == 1 || (parts[1].utf8.count == 6 && differentiator != nil)
        else {
            section.reject(
                "slice", "'\(text)' is no slice", remedy: "write the service type, or with six hex digits: \"1.0000ab\""
            )
            return nil
        }
        return NetworkSlice(serviceType: type, differentiator: differentiator)
    }

    private func readPIN() -> String? {
        guard let file = section.text("pin_file") else { return nil }
        let path = around.resolve(file)
        guard let text = around.readText(path) else {
            section.reject("pin_file", "\(path) cannot be read", remedy: "correct the path, or the file's rights")
            return nil
        }
        let pin = String(text.prefix { $0 != "\n" && $0 != "\r" })
        guard (4...8).contains(pin.utf8.count), pin.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            section.reject("pin_file", "\(path) holds no PIN", remedy: "write its 4 to 8 digits on the first line")
            return nil
        }
        return pin
    }

    private func readBinding(_ binding: Section) -> SIMBinding? {
        defer { binding.finish() }
        let fields = [("imei", 15...15), ("iccid", 18...20), ("imsi", 6...15)].map { key, length in
            binding.require(
                key, binding.digits(key, length), remedy: "`fieldgate doctor` prints what to write here")
        }
        guard let imei = fields[0], let iccid = fields[1], let imsi = fields[2] else { return nil }
        return SIMBinding(imei: imei, iccid: iccid, imsi: imsi)
    }

    private func readRecovery(usb: Bool, commands: [RecoveryRung: [String]]) -> RecoverySettings {
        var recovery = RecoverySettings()
        if usb { recovery.rungs.insert(.usb) }
        recovery.rungs.formUnion(commands.keys)
        guard let section = section.section("recovery") else { return recovery }
        defer { section.finish() }
        let times = Duration.milliseconds(100)...(.seconds(86_400))
        recovery.patience = section.duration("patience", in: times) ?? recovery.patience
        recovery.firstHold = section.duration("first_hold", in: times) ?? recovery.firstHold
        recovery.longestHold =
            section.duration("longest_hold", in: times) ?? max(recovery.longestHold, recovery.firstHold)
        recovery.stableAfter = section.duration("stable_after", in: times) ?? recovery.stableAfter
        let names = RecoveryRung.allCases.map(\.name)
        if let rungs = section.names("rungs", of: "rung", known: names) {
            recovery.rungs = Set(RecoveryRung.allCases.filter { rungs.contains($0.name) })
        }
        if let caps = section.section("daily_caps") {
            for rung in RecoveryRung.allCases {
                recovery.dailyCaps[rung] = caps.integer(rung.name, in: 0...1000) ?? recovery.dailyCaps[rung]
            }
            caps.finish()
        }
        checkMeans(recovery.rungs, usb, commands, section)
        return recovery
    }

    private func checkMeans(
        _ rungs: Set<RecoveryRung>, _ usb: Bool, _ commands: [RecoveryRung: [String]], _ section: Section
    ) {
        let means: [(RecoveryRung, Bool, String)] = [
            (.usb, usb, "usb_device"), (.power, commands[.power] != nil, "power_command"),
            (.host, commands[.host] != nil, "restart_command"),
        ]
        for (rung, isThere, key) in means where rungs.contains(rung) && !isThere {
            section.reject(
                "rungs", "nothing carries out the rung '\(rung.name)'",
                remedy: "give the modem a `\(key)`, or leave it out")
        }
    }
}
