/// V.250: echo, result codes, reset, dialling.
extension Modem {
    static let basicCommands: [String: Handler] = [
        "A": { _, _ in Reply(.noCarrier) },
        "D": { modem, command in modem.dial(command.text) },
        "E": { modem, command in
            modem.ports[modem.servedPort].echo = command.text == "1"
            return .ok
        },
        "H": { modem, _ in
            for place in modem.ports.indices { modem.escape(port: place) }
            return .ok
        },
        "O": { _, _ in Reply(.noCarrier) },
        "Q": { modem, command in
            modem.ports[modem.servedPort].format.quiet = command.text == "1"
            return .ok
        },
        "V": { modem, command in
            modem.ports[modem.servedPort].format.verbose = command.text != "0"
            return .ok
        },
        "L": accepted, "M": accepted, "X": accepted, "&C": accepted, "&D": accepted, "&K": accepted,
        "&S": accepted, "&W": accepted, "S0": register, "S3": register, "S4": register, "S5": register,
        "S6": register, "S7": register, "S10": register,
        "Z": { modem, _ in modem.restore() },
        "&F": { modem, _ in modem.restore() },
        "+CMEE": { modem, command in
            switch command.kind {
            case .read: return .ok("+CMEE: \(modem.settings.errors)")
            case .test: return .ok("+CMEE: (0,1,2)")
            default:
                guard let mode = command.integer(0), (0...2).contains(mode) else {
                    return .refused(.incorrectParameters)
                }
                modem.settings.errors = mode
                return .ok
            }
        },
        "+GCAP": { _, _ in .ok("+GCAP: +CGSM") },
        "+CLAC": { modem, _ in .ok(commandNames.filter { !modem.personality.lacks($0) }.map { "AT\($0)" }) },
    ]

    private static let accepted: Handler = { _, _ in .ok }
    private static let registerValues = ["S3": "013", "S4": "010", "S5": "008"]
    private static let register: Handler = { _, command in
        command.kind == .read ? .ok(registerValues[command.name] ?? "000") : .ok
    }

    /// How the served port wants its results.
    package func format(port: Int) -> ReplyFormat {
        var format = ports[port].format
        format.errors = settings.errors
        return format
    }

    /// ATZ and AT&F: the defaults, with echo on.
    private mutating func restore() -> Reply {
        let reports = settings.reports
        ports[servedPort] = PortState()
        settings = Settings()
        settings.reports = reports
        return .ok
    }

    /// Packet calls (TS 27.007, 10.2.1.1) on one of the contexts; voice is refused.
    private mutating func dial(_ number: String) -> Reply {
        guard number.hasPrefix("*99"), number.hasSuffix("#") else { return Reply(.noCarrier) }
        let parts = number.dropLast().split(separator: "*", omittingEmptySubsequences: false)
        let cid = parts.last.flatMap { Int($0) }.flatMap { $0 == 99 ? 1 : $0 } ?? 1
        if contexts[cid] == nil { contexts[cid] = PacketContext() }
        if contexts[cid]?.isActive != true {
            let reply = activate(cid)
            guard reply.result == .ok else { return Reply(.noCarrier) }
        }
        ports[servedPort].mode = .online(cid: cid)
        return Reply(.connect).late(200_000_000)
    }
}
