import FieldModel
import Platform

/// A modem on its AT port, asked as its profile says.
public final class ATModem: Modem {
    public struct Settings: Hashable, Sendable {
        /// Where the port may be, in order: paths, patterns, `@name`s.
        public var ports: [String]
        /// The modem meant; nil takes the first that answers, and that one alone from then on.
        public var imei: String?
        /// One, or several of which the modem's own words choose.
        public var profiles: [ModemProfile]
        /// `<cid>` of the data session.
        public var context = 1

        public init(ports: [String], imei: String? = nil, profiles: [ModemProfile] = [.generic]) {
            self.ports = ports
            self.imei = imei
            self.profiles = profiles
        }
    }

    let settings: Settings
    let time: any TimeSource
    let engine: ATEngine
    var profile: ModemProfile
    var identity = ModemIdentity()
    var notices = NoticeQueue()
    var order: CounterOrder
    /// Of the last round: a refusal means another layer in 5G.
    var radio: RadioAccess?
    /// Why a session was refused, until one is up.
    var refusal: RejectCause?
    /// The modem has to be told again what it forgot: it was opened anew, or restarted.
    var needsSetUp = true

    public init(_ settings: Settings, time: any TimeSource) {
        self.settings = settings
        self.time = time
        profile = settings.profiles.first ?? .generic
        order = CounterOrder(profile.counters?.order ?? .calibrate)
        engine = ATEngine(port: ATPort(time: time), time: time)
    }

    /// The profile in use: known once the modem was found.
    public var profileInUse: ModemProfile { profile }

    /// The port in use, for messages.
    public var port: String { engine.path }

    public func identify() throws(ModemFault) -> ModemReport {
        try connect()
        var report = ModemReport()
        report.sim = try card()
        identity.iccid = try cardNumber()
        identity.imsi = IdentityReply.imsi(try answer(profile.identity.imsi))
        report.identity = identity
        report.slot = try slot()
        return report
    }

    public func observe() throws(ModemFault) -> ModemReport {
        try connect()
        var round = ObservationRound(modem: self)
        return try round.run()
    }

    public func enter(pin: String) throws(ModemFault) {
        try connect()
        guard (4...8).contains(pin.utf8.count), pin.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .unsupported("a PIN has 4 to 8 digits: correct the PIN; it was not tried, so no attempt was used up")
        }
        switch try card() {
        case .ready: return
        case .pukRequired:
            throw .refused(
                command: "AT+CPIN=****",
                reply: "the card wants its PUK: too many wrong PINs; enter the PUK in a telephone, or change the card")
        case .absent:
            throw .refused(command: "AT+CPIN=****", reply: "there is no card: insert it, gold side to the contacts")
        default: break
        }
        var request = ATRequest("AT+CPIN=\"\(pin)\"", timeout: profile.timeouts.command, informs: false)
        request.spoken = "AT+CPIN=****"
        _ = try send(request)
    }

    public func takeNotices() -> [ModemNotice] {
        if engine.isOpen { try? engine.drain() }
        collect()
        return notices.take()
    }

    /// Decides which counter is which, where the profile leaves it open, by what the host counted.
    public func calibrate(hostUp: UInt64, hostDown: UInt64) throws(ModemFault) {
        guard order.order == nil, profile.counters != nil else { return }
        try connect()
        guard let counted = try rawCounters() else { return }
        order.note(first: counted.first, second: counted.second, hostUp: hostUp, hostDown: hostDown)
    }

    // MARK: Asking

    func send(_ request: ATRequest) throws(ModemFault) -> ATReply {
        defer { collect() }
        return try engine.send(request)
    }

    /// The lines of the answer; none when the modem refuses to say.
    func answer(_ command: String, also prefixes: [String] = []) throws(ModemFault) -> [String] {
        do throws(ModemFault) {
            return try send(ATRequest(command, timeout: profile.timeouts.command, also: prefixes)).lines
        } catch {
            guard case .refused = error else { throw error }
            return []
        }
    }

    func card() throws(ModemFault) -> SIMState {
        do throws(ModemFault) {
            let reply = try send(ATRequest("AT+CPIN?", timeout: profile.timeouts.command))
            return IdentityReply.sim(reply.lines)
        } catch {
            guard case .refused(_, let reply) = error else { throw error }
            return IdentityReply.sim(refusal: reply)
        }
    }

    func cardNumber() throws(ModemFault) -> String {
        for command in profile.identity.iccid {
            let number = IdentityReply.iccid(try answer(command, also: ["+CCID", "+ICCID", "+QCCID"]))
            if !number.isEmpty { return number }
        }
        return ""
    }

    func slot() throws(ModemFault) -> Int? {
        guard let query = profile.slots?.query else { return nil }
        return IdentityReply.slot(try answer(query), of: query)
    }

    /// The sums of both counters, in the modem's order.
    func rawCounters() throws(ModemFault) -> (first: UInt64, second: UInt64)? {
        var sum: (first: UInt64, second: UInt64)?
        for command in profile.counters?.commands ?? [] {
            guard let counted = SessionReply.counters(try answer(command), of: command) else { continue }
            sum = ((sum?.first ?? 0) &+ counted.first, (sum?.second ?? 0) &+ counted.second)
        }
        return sum
    }

    /// Turns what came unasked into notices.
    func collect() {
        let (lines, dropped) = engine.takeUnsolicited()
        notices.dropped += dropped
        for line in lines {
            guard let notice = NoticeReply.read(line, profile: profile.notices) else { continue }
            if notice == .restarted { needsSetUp = true }
            notices.add(notice)
        }
    }
}
