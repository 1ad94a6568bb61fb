import SimulatorKit

/// Commands of the control socket.
extension ModemStation {
    typealias Command = @Sendable (ModemStation, [String]) throws(ControlFault) -> JSON

    package static let usage =
        "status | log | fault FAULT | deny 5gmm|esm|emm CAUSE | deny none | slice allow|reject S-NSSAI [CAUSE]"
        + " | sim absent|ready|puk | sim pin CODE | sim swap ICCID IMSI | signal RSRP RSRQ SINR|drive"
        + " | cell ID [PCI [TAC]] [rat nr|nsa|lte] [network MCCMNC] | cell drive | no-cell on|off | drop | renew"
        + " | urc TEXT | sms-in NUMBER TEXT | vanish DURATION [rename LINK] | unplug | plug | power-cycle"
        + " | usb-reauthorise | slot 1|2 | \(CounterHabits.usage)"

    private static let commands: [String: Command] = [
        "status": { station, _ in station.status },
        "log": { station, _ in station.log },
        "fault": { station, words throws(ControlFault) in try station.setFault(words) },
        "deny": { station, words throws(ControlFault) in try station.deny(words) },
        "slice": { station, words throws(ControlFault) in try station.setSlice(words) },
        "sim": { station, words throws(ControlFault) in try station.changeCard(words) },
        "signal": { station, words throws(ControlFault) in try station.setSignal(words) },
        "cell": { station, words throws(ControlFault) in try station.setCell(words) },
        "no-cell": { station, words throws(ControlFault) in try station.setCoverage(words) },
        "drop": { station, _ in
            station.modem.dropSessions()
            return .done
        },
        "renew": { station, _ in
            station.modem.renewSessions()
            return .done
        },
        "counters": { station, words throws(ControlFault) in
            try station.modem.counterHabits.set(words)
            return .done
        },
        "urc": { station, words in
            station.modem.say(words.joined(separator: " "))
            return .done
        },
        "sms-in": { station, words throws(ControlFault) in
            guard words.count >= 2 else { throw ControlFault("accepted: sms-in NUMBER TEXT") }
            station.modem.receive(messageFrom: words[0], words.dropFirst().joined(separator: " "))
            return .done
        },
        "vanish": { station, words throws(ControlFault) in try station.vanish(words) },
        "unplug": { station, _ in
            station.modem.powerOff()
            return .done
        },
        "plug": { station, _ in
            station.modem.powerOn()
            return .done
        },
        "power-cycle": { station, _ in
            station.modem.powerCycle()
            return .done
        },
        "usb-reauthorise": { station, _ in
            station.modem.reauthoriseUSB()
            station.vanish(for: 1_000_000_000)
            return .done
        },
        "slot": { station, words throws(ControlFault) in
            guard let slot = words.first.flatMap({ Int($0) }), (1...2).contains(slot) else {
                throw ControlFault("accepted: slot 1|2")
            }
            station.modem.select(slot: slot - 1)
            return .done
        },
    ]

    package func obey(_ line: String) -> JSON {
        let words = line.split(separator: " ").map(String.init)
        catchUp()
        defer { catchUp() }
        guard let name = words.first, let command = Self.commands[name] else {
            return ControlFault("'\(line)' is not a command; accepted: \(Self.usage)").reply
        }
        do throws(ControlFault) {
            return try command(self, Array(words.dropFirst()))
        } catch {
            return error.reply
        }
    }
}
