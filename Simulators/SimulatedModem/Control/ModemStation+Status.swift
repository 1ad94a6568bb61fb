import SimulatorKit

/// What the tester sees.
extension ModemStation {
    var status: JSON {
        .members([
            "ok": .bool(true), "personality": .string(modem.personality.rawValue), "imei": .string(modem.imei),
            "seconds": .number(Double(modem.now) / 1e9), "power": .string(powerName),
            "function": .integer(Int64(modem.function)), "fault": .string(faultName),
            "slot": .integer(Int64(modem.activeSlot + 1)), "sim": cardStatus,
            "registration": .string(modem.registration.name),
            "denial": modem.world.denial.map { .string($0.text) } ?? .null, "cell": cellStatus,
            "contexts": contextStatus, "session": .bool(modem.hasSession),
            "counters": .members([
                "up": .integer(Int64(modem.traffic.counters.up)), "down": .integer(Int64(modem.traffic.counters.down)),
            ]),
            "link": link.map { .string($0.isConnected ? "connected" : "not reachable") } ?? .null,
            "ports": portStatus, "tally": tallyStatus, "rungs": rungStatus, "sms": messageStatus,
            "history": historyStatus(last: 200),
        ])
    }

    var log: JSON { .members(["ok": .bool(true), "history": historyStatus(last: .max)]) }

    private var powerName: String {
        switch modem.power {
        case .on: "on"
        case .off: "off"
        case .booting: "booting"
        }
    }

    /// A cured data path is no fault any more.
    private var faultName: String {
        if case .deadData = fault, modem.world.deadDataCure == nil { return ModemFault.none.name }
        return fault.name
    }

    private var cardStatus: JSON {
        guard let card = modem.card else { return .null }
        let lock =
            switch card.lock {
            case .ready: "ready"
            case .pin: "pin"
            case .puk: "puk"
            }
        return .members([
            "iccid": .string(card.iccid), "imsi": .string(card.imsi), "lock": .string(lock),
            "attempts": .integer(Int64(card.attempts)),
        ])
    }

    private var cellStatus: JSON {
        guard let (cell, signal) = modem.camped else { return .null }
        return .members([
            "id": .string(cell.identity), "number": .integer(Int64(cell.id)), "pci": .integer(Int64(cell.pci)),
            "tac": .string(cell.areaCode), "rat": .string(cell.technology.rawValue), "rsrp": .number(signal.rsrp),
            "rsrq": .number(signal.rsrq), "sinr": .number(signal.sinr),
        ])
    }

    private var contextStatus: JSON {
        .array(
            modem.contexts.sorted { $0.key < $1.key }.map { cid, context in
                .members([
                    "cid": .integer(Int64(cid)), "type": .string(context.type), "apn": .string(context.accessPoint),
                    "slice": .string(context.slice), "active": .bool(context.isActive),
                ])
            })
    }

    private var portStatus: JSON {
        .array(
            zip(ports, modem.ports).map { port, state in
                .members([
                    "address": .string(port.line.address.text), "present": .bool(absences.isEmpty),
                    "echo": .bool(state.echo), "mode": .string(state.mode.name),
                ])
            })
    }

    private var tallyStatus: JSON {
        let tally = modem.tally
        return .members([
            "commands": .integer(Int64(tally.commands)), "unknown": .integer(Int64(tally.unknown)),
            "boots": .integer(Int64(tally.boots)), "registrations": .integer(Int64(tally.registrations)),
            "activations": .integer(Int64(tally.activations)), "refusals": .integer(Int64(tally.refusals)),
        ])
    }

    private var rungStatus: JSON {
        .object(
            Rung.allCases.map {
                JSON.Member(name: $0.rawValue, value: .integer(Int64(modem.tally.rungs[$0] ?? 0)))
            })
    }

    private var messageStatus: JSON {
        .array(
            modem.messages.sent.map {
                .members([
                    "reference": .integer(Int64($0.reference)), "seconds": .number(Double($0.at) / 1e9),
                    "number": $0.number.map { .string($0) } ?? .null, "text": .string($0.text),
                ])
            })
    }

    private func historyStatus(last count: Int) -> JSON {
        .array(
            modem.history.suffix(count).map {
                .members([
                    "seconds": .number(Double($0.at) / 1e9), "port": .integer(Int64($0.port)), "line": .string($0.line),
                ])
            })
    }
}

extension PortState.Mode {
    var name: String {
        switch self {
        case .command: "command"
        case .message: "message"
        case .online: "online"
        }
    }
}
