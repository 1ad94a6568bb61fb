import FieldModel

/// A modem profile, or everything that is wrong with it.
package enum ModemProfileLoader {
    package static func load(_ bytes: [UInt8], file: String) -> (profile: ModemProfile?, problems: [Problem]) {
        let problems = ProblemList()
        var profile: ModemProfile?
        do throws(Problem) {
            let node = try YAMLDocument.parse(bytes, file: file)
            profile = ModemProfileReader(Section(node, file: file, path: "", problems: problems)).read()
        } catch {
            problems.add(error)
        }
        return (problems.problems.isEmpty ? profile : nil, problems.problems)
    }
}

/// Reads a modem profile: what one family of modems is asked, and how it answers.
struct ModemProfileReader {
    static let schema = "fg.modem-profile/1"

    private let root: Section

    init(_ root: Section) {
        self.root = root
    }

    /// Nil when the profile is too broken to be used at all; every problem has been reported.
    func read() -> ModemProfile? {
        checkSchema()
        let id = root.require("id", root.identifier("id"), remedy: "name the family of modems, e.g. `id: quectel-5g`")
        let generic = ModemProfile.generic
        var profile = ModemProfile(id: id ?? "", title: root.text("title") ?? id ?? "")
        profile.matches = root.words("matches", "a word of the maker's or the model's name") { !$0.isEmpty } ?? []
        profile.setUp = root.commands("setup") ?? []
        profile.identity = readIdentity()
        profile.registration = readRegistration() ?? generic.registration
        profile.cell = root.section("serving_cell").flatMap { ModemCellReader($0).read() }
        profile.signal = readSignal() ?? generic.signal
        profile.reject = root.command("reject")
        profile.counters = root.section("counters").flatMap(readCounters)
        profile.temperature = root.command("temperature")
        profile.time = root.command("time")
        profile.slice = root.section("slice").map(readSlice) ?? ModemProfile.Slice()
        profile.slots = root.section("slots").flatMap(readSlots)
        profile.notices = root.section("notices").map(readNotices) ?? ModemProfile.Notices()
        profile.timeouts = root.section("timeouts").map(readTimeouts) ?? ModemProfile.Timeouts()
        root.finish()
        return id == nil ? nil : profile
    }

    private func checkSchema() {
        let schema = root.require("schema", root.text("schema"), remedy: "begin the file with `schema: \(Self.schema)`")
        guard let schema, schema != Self.schema else { return }
        root.reject("schema", "'\(schema)' is not a modem profile this version reads", remedy: "write `\(Self.schema)`")
    }

    private func readIdentity() -> ModemProfile.Identity {
        var identity = ModemProfile.Identity()
        guard let section = root.section("identity") else { return identity }
        identity.manufacturer = section.command("manufacturer") ?? identity.manufacturer
        identity.model = section.command("model") ?? identity.model
        identity.revision = section.command("revision") ?? identity.revision
        identity.imei = section.command("imei") ?? identity.imei
        identity.imsi = section.command("imsi") ?? identity.imsi
        identity.iccid = section.commands("iccid") ?? identity.iccid
        section.finish()
        return identity
    }

    private func readRegistration() -> [String]? {
        let known = ["AT+C5GREG?", "AT+CEREG?", "AT+CGREG?", "AT+CREG?"]
        return root.words("registration", "one of \(known.joined(separator: ", "))") { known.contains($0) }
    }

    private func readSignal() -> [String]? {
        let known = ["AT+CESQ", "AT+CSQ", "AT+QCSQ", "AT+QRSRP"]
        return root.words("signal", "one of \(known.joined(separator: ", "))") { known.contains($0) }
    }

    private func readCounters(_ section: Section) -> ModemProfile.Counters? {
        defer { section.finish() }
        let commands = section.require(
            "commands", section.commands("commands"), remedy: "name the questions, e.g. `commands: [AT+QGDCNT?]`")
        let order = section.require(
            "order", section.choice("order", ModemProfile.Counters.Order.allCases.map { ($0.rawValue, $0) }),
            remedy: "say which comes first: up-down, down-up, or calibrate to have it found out")
        guard let commands, let order else { return nil }
        return ModemProfile.Counters(commands: commands, order: order)
    }

    private func readSlice(_ section: Section) -> ModemProfile.Slice {
        defer { section.finish() }
        var slice = ModemProfile.Slice()
        slice.query = section.command("query")
        // The first three of +CGDCONT are its number, type and name.
        slice.parameter = section.integer("parameter", in: 4...32)
        return slice
    }

    private func readSlots(_ section: Section) -> ModemProfile.Slots? {
        defer { section.finish() }
        let query = section.require(
            "query", section.command("query"), remedy: "name the question, e.g. `query: AT+QUIMSLOT?`")
        let select = section.require(
            "select", section.command("select"), remedy: "name the command, e.g. `select: AT+QUIMSLOT={slot}`")
        guard let query, let select else { return nil }
        if !select.utf8.contains(UInt8(ascii: "{"))
            || select.split(separator: "{slot}", omittingEmptySubsequences: false).count != 2
        {
            section.reject(
                "select", "'\(select)' does not say where the slot's number belongs",
                remedy: "write {slot} there, once, e.g. `AT+QUIMSLOT={slot}`")
        }
        return ModemProfile.Slots(query: query, select: select)
    }

    private func readNotices(_ section: Section) -> ModemProfile.Notices {
        defer { section.finish() }
        var notices = ModemProfile.Notices()
        notices.restarted = section.beginnings("restarted") ?? notices.restarted
        notices.sessionLost = section.beginnings("session_lost") ?? notices.sessionLost
        notices.ignored = section.beginnings("ignored") ?? notices.ignored
        return notices
    }

    private func readTimeouts(_ section: Section) -> ModemProfile.Timeouts {
        defer { section.finish() }
        var timeouts = ModemProfile.Timeouts()
        let range = Duration.milliseconds(200)...Duration.seconds(300)
        timeouts.command = section.duration("command", in: range) ?? timeouts.command
        timeouts.session = section.duration("session", in: range) ?? timeouts.session
        timeouts.network = section.duration("network", in: range) ?? timeouts.network
        timeouts.restart = section.duration("restart", in: range) ?? timeouts.restart
        return timeouts
    }
}
