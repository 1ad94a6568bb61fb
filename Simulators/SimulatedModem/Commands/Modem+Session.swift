/// Contexts and sessions (TS 27.007, 10.1).
extension Modem {
    static let sessionCommands: [String: Handler] = [
        "+CGDCONT": { modem, command in
            switch command.kind {
            case .read: .ok(modem.definitions)
            case .test: .ok(definitionRanges)
            default: modem.define(command)
            }
        },
        "+CGACT": { modem, command in
            switch command.kind {
            case .read:
                .ok(modem.contexts.sorted { $0.key < $1.key }.map { "+CGACT: \($0.key),\($0.value.isActive ? 1 : 0)" })
            case .test: .ok("+CGACT: (0,1)")
            default: modem.changeActivation(command)
            }
        },
        "+CGPADDR": { modem, command in
            command.kind == .test
                ? .ok("+CGPADDR: (\(modem.cids.map(String.init).joined(separator: ",")))")
                : .ok(modem.addresses(of: command.integer(0)))
        },
        "+CGCONTRDP": { modem, command in .ok(modem.dynamicParameters(of: command.integer(0))) },
        "+CGPIAF": { modem, command in
            guard command.kind == .set else { return .ok("+CGPIAF: \(modem.settings.colonsInAddresses ? 1 : 0),0,0,0") }
            modem.settings.colonsInAddresses = command.integer(0) == 1
            return .ok
        },
        "+CGEREP": { modem, command in
            switch command.kind {
            case .read: return .ok("+CGEREP: \(modem.settings.packetEvents),0")
            case .test: return .ok("+CGEREP: (0-2),(0,1)")
            default:
                modem.settings.packetEvents = command.integer(0) ?? 0
                return .ok
            }
        },
        "+CGAUTH": { _, command in
            guard command.kind == .set else { return .ok("+CGAUTH: (1-15),(0-3)") }
            return command.integer(0) == nil ? .refused(.incorrectParameters) : .ok
        },
    ]

    private static let definitionRanges = ["IP", "IPV6", "IPV4V6"].map {
        "+CGDCONT: (1-15),\"\($0)\",,,(0-2),(0-4),(0,1),(0-2),(0-2),(0,1),(0,1),(0-4),(0,1),(0-3),,(0,1),(0,1)"
    }

    private var cids: [Int] { contexts.keys.sorted() }

    private var definitions: [String] {
        contexts.sorted { $0.key < $1.key }.map { cid, context in
            let head = "+CGDCONT: \(cid),\"\(context.type)\",\"\(context.accessPoint)\",\"\",0,0,0,0"
            // The S-NSSAI is the eighteenth parameter.
            return context.slice.isEmpty ? head : head + ",,,,,,,,,,\"\(context.slice)\""
        }
    }

    private mutating func define(_ command: ATCommand) -> Reply {
        guard let cid = command.integer(0), (1...15).contains(cid) else { return .refused(.incorrectParameters) }
        guard command.arguments.count > 1 else {
            contexts[cid] = nil
            return .ok
        }
        let type = (command.argument(1) ?? "IP").uppercased()
        guard ["IP", "IPV6", "IPV4V6"].contains(type) else { return .refused(.unknownAddressType) }
        if contexts[cid]?.isActive == true { return .refused(.operationNotAllowed) }
        var context = PacketContext()
        (context.type, context.accessPoint) = (type, command.argument(2) ?? "")
        context.slice = command.argument(17) ?? ""
        contexts[cid] = context
        return .ok
    }

    private mutating func changeActivation(_ command: ATCommand) -> Reply {
        guard let state = command.integer(0), (0...1).contains(state) else { return .refused(.incorrectParameters) }
        let named = command.arguments.dropFirst().compactMap { Int($0) }
        let chosen = named.isEmpty ? cids : named
        for cid in chosen {
            let reply = state == 1 ? activate(cid) : deactivate(cid)
            guard reply.result == .ok else { return reply }
        }
        settle()
        return .ok.late(state == 1 ? 250_000_000 : 80_000_000)
    }

    /// Asks the network for the session; the refusal carries its cause.
    mutating func activate(_ cid: Int) -> Reply {
        if let refusal = cardRefusal { return refusal }
        guard let context = contexts[cid] else { return .refused(.incorrectParameters) }
        guard registration.isRegistered else { return .refused(.noNetworkService) }
        if case .session(let cause) = world.denial {
            tally.refusals += 1
            return .refused(EquipmentError(sessionCause: cause)).late(400_000_000)
        }
        guard context.slice.isEmpty || world.allows(slice: context.slice) else {
            tally.refusals += 1
            return .refused(.optionNotSubscribed).late(400_000_000)
        }
        guard !context.isActive else { return .ok }
        contexts[cid]?.isActive = true
        contexts[cid]?.host = nextHost
        nextHost = nextHost % 250 + 1
        tally.activations += 1
        if counterHabits.beginWithSession { traffic.reset() }
        if settings.packetEvents > 0 { announce("+CGEV: ME PDN ACT \(cid)") }
        if halfway.contains(.pdu) { reach(.pdu) }
        return .ok
    }

    private mutating func deactivate(_ cid: Int) -> Reply {
        guard let context = contexts[cid] else { return .refused(.incorrectParameters) }
        guard context.isActive else { return .ok }
        contexts[cid]?.isActive = false
        halfway.insert(.pdu)
        if settings.packetEvents > 0 { announce("+CGEV: ME PDN DEACT \(cid)") }
        for (place, port) in ports.enumerated() where port.mode == .online(cid: cid) { escape(port: place) }
        return .ok
    }

    private func chosen(_ cid: Int?) -> [(Int, PacketContext)] {
        contexts.filter { cid == nil || $0.key == cid }.sorted { $0.key < $1.key }
    }

    private func addresses(of cid: Int?) -> [String] {
        chosen(cid).map { cid, context in
            guard context.isActive else { return "+CGPADDR: \(cid)" }
            let both = [context.ipv4(cid: cid), context.ipv6(cid: cid, colons: settings.colonsInAddresses)]
            return "+CGPADDR: \(cid)," + both.compactMap { $0 }.map { "\"\($0)\"" }.joined(separator: ",")
        }
    }

    private func dynamicParameters(of cid: Int?) -> [String] {
        chosen(cid).filter(\.1.isActive).map { cid, context in
            let address = context.ipv4(cid: cid) ?? "0.0.0.0"
            let name = context.accessPoint.isEmpty ? "internet" : context.accessPoint
            return "+CGCONTRDP: \(cid),5,\"\(name)\",\"\(address).255.255.255.0\",\"10.\(100 + cid).0.1\","
                + "\"10.\(100 + cid).0.53\",\"10.\(100 + cid).0.54\""
        }
    }
}
