/// Short messages (TS 27.005).
extension Modem {
    static let messageCommands: [String: Handler] = [
        "+CMGF": { modem, command in
            switch command.kind {
            case .read: return .ok("+CMGF: \(modem.settings.messageFormat)")
            case .test: return .ok("+CMGF: (0,1)")
            default:
                guard let format = command.integer(0), (0...1).contains(format) else { return Reply(.message(305)) }
                modem.settings.messageFormat = format
                return .ok
            }
        },
        "+CMGS": { modem, command in
            if let refusal = modem.cardRefusal { return refusal }
            guard modem.registration.isRegistered else { return Reply(.message(331)) }
            guard let argument = command.argument(0), modem.settings.messageFormat == 1 || Int(argument) != nil else {
                return Reply(.message(304))
            }
            modem.ports[modem.servedPort].mode = .message(argument)
            return Reply(.prompt)
        },
        "+CMGR": { modem, command in
            guard let place = command.integer(0), let message = modem.messages.read(place) else {
                return Reply(.message(321))
            }
            return .ok(["+CMGR: \(modem.head(message))"] + [modem.body(message)])
        },
        "+CMGL": { modem, command in
            if command.kind == .test { return .ok("+CMGL: (0-4)") }
            return .ok(modem.list(command.argument(0)))
        },
        "+CMGD": { modem, command in
            if command.kind == .test { return .ok("+CMGD: (0-\(MessageStore.capacity - 1)),(0-4)") }
            guard let place = command.integer(0) else { return Reply(.message(321)) }
            modem.messages.delete(place, all: (command.integer(1) ?? 0) > 0)
            return .ok
        },
        "+CPMS": { modem, command in
            let use = "\(modem.messages.received.count),\(MessageStore.capacity)"
            switch command.kind {
            case .test: return .ok("+CPMS: (\"ME\",\"SM\"),(\"ME\",\"SM\"),(\"ME\",\"SM\")")
            case .read:
                let one = "\"\(modem.settings.storage)\",\(use)"
                return .ok("+CPMS: \(one),\(one),\(one)")
            default:
                modem.settings.storage = command.argument(2) ?? command.argument(0) ?? modem.settings.storage
                return .ok("+CPMS: \(use),\(use),\(use)")
            }
        },
        "+CNMI": { modem, command in
            switch command.kind {
            case .read: return .ok("+CNMI: " + modem.settings.newMessages.map(String.init).joined(separator: ","))
            case .test: return .ok("+CNMI: (0,1,2),(0,1,2),(0,2),(0,1),(0,1)")
            default:
                for (place, value) in command.arguments.prefix(5).enumerated() {
                    modem.settings.newMessages[place] = Int(value) ?? 0
                }
                return .ok
            }
        },
        "+CSCA": { _, command in command.kind == .read ? .ok("+CSCA: \"+990010000000\",145") : .ok },
        "+CSMS": { _, command in command.kind == .test ? .ok("+CSMS: (0,1)") : .ok("+CSMS: 1,1,1") },
        "+CSMP": { _, _ in .ok },
        "+CSDH": { _, _ in .ok },
        "+CSCS": { modem, command in
            switch command.kind {
            case .read: return .ok("+CSCS: \"\(modem.settings.characterSet)\"")
            case .test: return .ok("+CSCS: (\"GSM\",\"IRA\",\"UCS2\")")
            default:
                modem.settings.characterSet = command.argument(0) ?? "GSM"
                return .ok
            }
        },
    ]

    /// The network takes what followed the prompt, if its length is right.
    mutating func send(message text: String, argument: String) -> Reply {
        if settings.messageFormat == 0 {
            guard let octets = Octets(hexadecimal: text), let centre = octets.bytes.first,
                Int(argument) == octets.bytes.count - 1 - Int(centre)
            else { return Reply(.message(304)) }
        }
        let reference = messages.keepSent(text, to: settings.messageFormat == 0 ? nil : argument, at: now)
        return .ok("+CMGS: \(reference)").late(600_000_000)
    }

    /// A message arrives from the network.
    package mutating func receive(messageFrom number: String, _ text: String) {
        let stamp = CalendarTime(utc: world.epoch + now / Modem.second + 8 * 3600)
        let place = messages.keepReceived(Delivery(number: number, text: text, stamp: stamp))
        if let place, settings.newMessages[1] == 1 { announce("+CMTI: \"\(settings.storage)\",\(place)") }
    }

    private func head(_ message: StoredMessage) -> String {
        if settings.messageFormat == 0 { return "\(message.wasRead ? 1 : 0),,\(message.delivery.pduLength)" }
        let state = message.wasRead ? "REC READ" : "REC UNREAD"
        return "\"\(state)\",\"\(message.delivery.number)\",,\"\(message.delivery.stamp.text)+32\""
    }

    private func body(_ message: StoredMessage) -> String {
        settings.messageFormat == 0 ? message.delivery.pdu : message.delivery.text
    }

    private mutating func list(_ filter: String?) -> [String] {
        let chosen = messages.received.sorted { $0.key < $1.key }.filter { _, message in
            switch filter {
            case nil, "0", "REC UNREAD": !message.wasRead
            case "1", "REC READ": message.wasRead
            case "4", "ALL": true
            default: false
            }
        }
        let lines = chosen.flatMap { ["+CMGL: \($0.key),\(head($0.value))", body($0.value)] }
        for (place, _) in chosen { _ = messages.read(place) }
        return lines
    }
}
