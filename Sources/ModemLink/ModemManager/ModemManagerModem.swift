import FieldModel
import Platform

/// A modem in ModemManager's care, asked through `mmcli`.
public final class ModemManagerModem: Modem {
    /// Which of the daemon's modems.
    public enum Choice: Hashable, Sendable {
        case imei(String)
        /// Whichever it knows, where there is one only.
        case only
        /// The device's path in /sys, or one of its ports.
        case device(String)
    }

    let client: MMClient
    let time: any TimeSource
    let choice: Choice
    /// Its place on the bus, until it is gone from there.
    var path: String?
    var isListening = false
    private var radio: RadioAccess?
    private var refusal: RejectCause?
    private var notices = NoticeQueue()
    private var last: ModemReport?

    static let patience = Duration.seconds(10)
    private static let connecting = Duration.seconds(120)
    static let restart = Duration.seconds(90)

    package init(_ choice: Choice, bus: MMClient.Bus, time: any TimeSource, program: String? = nil) {
        self.choice = choice
        self.time = time
        client = MMClient(bus, program: program)
    }

    public func identify() throws(ModemFault) -> ModemReport {
        let modem = try find()
        var report = ModemReport()
        report.sim = MMReply.sim(modem)
        report.identity = MMReply.identity(modem: modem, sim: try card(of: modem))
        report.slot = modem.text("modem", "generic", "primary-sim-slot").flatMap { Int($0) }
        return report
    }

    public func observe() throws(ModemFault) -> ModemReport {
        let modem = try find()
        listen(modem)
        var report = ModemReport()
        report.sim = MMReply.sim(modem)
        report.identity = MMReply.identity(modem: modem, sim: try card(of: modem))
        report.slot = modem.text("modem", "generic", "primary-sim-slot").flatMap { Int($0) }
        report.registration = MMReply.registration(modem)
        report.radio = MMReply.radio(modem)
        radio = report.radio
        if let signal = try optional(["-m", place, "--signal-get"]) {
            (report.signal, report.anchor) = MMReply.signal(signal, radio: report.radio)
        }
        if report.registration.isRegistered {
            report.cell = MMReply.cell(modem: modem, location: try optional(["-m", place, "--location-get"]))
            report.networkTime = try optional(["-m", place, "--time"]).flatMap { MMReply.time($0) }
        }
        for bearer in modem.list("modem", "generic", "bearers") where !report.session.isActive {
            guard let document = try optional(["-b", bearer]) else { continue }
            (report.session, report.counters) = MMReply.session(document)
        }
        if report.session.isActive { refusal = nil }
        report.reject = refusal
        compare(report)
        return report
    }

    public func enter(pin: String) throws(ModemFault) {
        let modem = try find()
        guard MMReply.sim(modem) == .pinRequired else {
            if MMReply.sim(modem) == .ready { return }
            throw .refused(
                command: "mmcli --pin=****", reply: "the card does not wait for a PIN: \(MMReply.sim(modem).rawValue)")
        }
        guard (4...8).contains(pin.utf8.count), pin.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .unsupported("a PIN has 4 to 8 digits: correct the PIN; it was not tried, so no attempt was used up")
        }
        guard let sim = modem.text("modem", "generic", "sim") else {
            throw .refused(command: "mmcli --pin=****", reply: "ModemManager sees no card in the modem")
        }
        _ = try client.run(["-i", sim, "--pin=\(pin)"], timeout: Self.patience, spoken: "-i \(sim) --pin=****")
    }

    public func activate(_ wanted: SessionSettings) throws(ModemFault) {
        let name = try AccessPointName.checked(wanted.accessPoint)
        _ = try find()
        if wanted.slice != nil {
            notices.add(.other("ModemManager cannot ask for a slice: the session is in the network's default slice"))
        }
        do throws(ModemFault) {
            _ = try client.run(["-m", place, "--simple-connect=apn=\(name),ip-type=ipv4v6"], timeout: Self.connecting)
            refusal = nil
        } catch {
            if case .refused(_, let reply) = error { refusal = MMReply.cause(of: reply, radio: radio) }
            throw error
        }
    }

    public func deactivate() throws(ModemFault) {
        _ = try find()
        _ = try client.run(["-m", place, "--simple-disconnect"], timeout: Self.connecting)
    }

    public func perform(_ rung: RecoveryRung, _ wanted: SessionSettings) throws(ModemFault) {
        let modem = try find()
        switch rung {
        case .session:
            do throws(ModemFault) { try deactivate() } catch { guard case .refused = error else { throw error } }
            try activate(wanted)
        case .reregister: _ = try client.run(["-m", place, "--3gpp-register-home"], timeout: Self.connecting)
        case .radio:
            _ = try client.run(["-m", place, "-d"], timeout: Self.connecting)
            isListening = false
            _ = try client.run(["-m", place, "-e"], timeout: Self.connecting)
        case .reset:
            _ = try client.run(["-m", place, "-r"], timeout: Self.connecting)
            try awaitReturn()
        case .slot: try switchSlot(modem)
        case .usb, .power, .host: throw .unsupported("\(rung.name) is not ModemManager's to do")
        }
    }

    public func takeNotices() -> [ModemNotice] { notices.take() }

    /// Signal and cell are gathered only once somebody asks for it, and only while the modem is enabled.
    private func listen(_ modem: MMDocument) {
        let state = modem.text("modem", "generic", "state") ?? ""
        guard !isListening, ["enabled", "searching", "registered", "connecting", "connected"].contains(state) else {
            return
        }
        isListening = true
        _ = try? client.run(["-m", place, "--signal-setup=10"], timeout: Self.patience)
        _ = try? client.run(["-m", place, "--location-enable-3gpp"], timeout: Self.patience)
    }

    private func awaitReturn() throws(ModemFault) {
        let deadline = time.now() + Self.restart
        path = nil
        isListening = false
        repeat {
            if let modem = try? find(), MMReply.sim(modem) != .busy { return notices.add(.restarted) }
            Pause(time: time).until(min(deadline, time.now() + .seconds(1)))
        } while time.now() < deadline
        throw .timeout(
            "the modem did not come back within \(Self.restart.inSeconds) s of its reset: look at `mmcli -L`")
    }

    private func switchSlot(_ modem: MMDocument) throws(ModemFault) {
        let count = modem.list("modem", "generic", "sim-slots").count
        guard count > 1, let slot = modem.text("modem", "generic", "primary-sim-slot").flatMap({ Int($0) }) else {
            throw .unsupported("ModemManager knows of one card slot only in this modem")
        }
        let next = slot % count + 1
        _ = try client.run(["-m", place, "--set-primary-sim-slot=\(next)"], timeout: Self.connecting)
        path = nil
    }

    /// The daemon tells nobody who only asks: what changed between two rounds is told instead.
    private func compare(_ report: ModemReport) {
        defer { last = report }
        guard let last else { return }
        if report.registration != last.registration { notices.add(.registration(report.registration)) }
        if report.sim != last.sim { notices.add(.sim(report.sim)) }
        if last.session.isActive, !report.session.isActive { notices.add(.sessionLost) }
    }
}
