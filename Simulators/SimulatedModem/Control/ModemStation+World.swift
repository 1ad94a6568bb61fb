import SimulatorKit

/// What the tester changes about the network, the card and the radio.
extension ModemStation {
    func deny(_ words: [String]) throws(ControlFault) -> JSON {
        if words == ["none"] {
            modem.world.denial = nil
            return .done
        }
        guard words.count == 2, let cause = Int(words[1]), (1...255).contains(cause) else {
            throw ControlFault("accepted: deny 5gmm|esm|emm CAUSE, with a cause of 1 to 255, or deny none")
        }
        switch words[0] {
        case "5gmm": modem.world.denial = .mobility5G(cause)
        case "emm": modem.world.denial = .mobility4G(cause)
        case "esm": modem.world.denial = .session(cause)
        default: throw ControlFault("'\(words[0])' is not a kind of cause; accepted: 5gmm, esm, emm")
        }
        return .done
    }

    func setSlice(_ words: [String]) throws(ControlFault) -> JSON {
        switch (words.first, words.count) {
        case ("allow", 2): modem.world.allow(slice: words[1].uppercased())
        case ("reject", 2...3):
            guard let cause = words.count == 3 ? Int(words[2]) : 0 else { throw ControlFault("a cause is a number") }
            modem.world.reject(slice: words[1].uppercased(), cause: cause)
        default: throw ControlFault("accepted: slice allow S-NSSAI, slice reject S-NSSAI [CAUSE]; such as 01.D143A5")
        }
        return .done
    }

    func changeCard(_ words: [String]) throws(ControlFault) -> JSON {
        let slot = modem.activeSlot
        var card = modem.card ?? removedCards[slot] ?? SIMCard.defaults[0]!
        switch (words.first, words.count) {
        case ("absent", 1):
            removedCards[slot] = card
            modem.insert(nil)
            return .done
        case ("ready", 1): (card.lock, card.asksForPIN, card.attempts) = (.ready, false, 3)
        case ("pin", 2): (card.lock, card.asksForPIN, card.pin, card.attempts) = (.pin, true, words[1], 3)
        case ("puk", 1): (card.lock, card.attempts) = (.puk, 0)
        case ("swap", 3): card = try SIMCard.parse("\(words[1]):\(words[2])")
        default: throw ControlFault("accepted: sim absent|ready|puk, sim pin CODE, sim swap ICCID IMSI")
        }
        modem.insert(card)
        return .done
    }

    func setSignal(_ words: [String]) throws(ControlFault) -> JSON {
        if words == ["drive"] {
            modem.world.signal = nil
            return .done
        }
        let values = words.compactMap { Double($0) }
        guard values.count == 3, words.count == 3, values.allSatisfy({ (-200...100).contains($0) }) else {
            throw ControlFault("accepted: signal RSRP RSRQ SINR in dBm, dB and dB, such as -95 -11 12; or signal drive")
        }
        modem.world.signal = Signal(rsrp: values[0], rsrq: values[1], sinr: values[2])
        return .done
    }

    func setCell(_ words: [String]) throws(ControlFault) -> JSON {
        if words == ["drive"] {
            modem.world.cell = nil
            return .done
        }
        modem.world.cell = try CellWords.parse(words, technology: modem.personality.technology)
        return .done
    }

    func setCoverage(_ words: [String]) throws(ControlFault) -> JSON {
        switch words {
        case ["on"]: modem.world.hasNoCell = true
        case ["off"]: modem.world.hasNoCell = false
        default: throw ControlFault("accepted: no-cell on|off")
        }
        return .done
    }
}

/// A cell in words: numbers in order, then names with their values.
enum CellWords {
    private static let usage = "accepted: cell ID [PCI [TAC]] [rat nr|nsa|lte] [network MCCMNC], or cell drive"

    static func parse(_ words: [String], technology: RadioTechnology) throws(ControlFault) -> Cell {
        let numbers = words.prefix { Int($0) != nil }.compactMap { Int($0) }
        guard (1...3).contains(numbers.count), numbers.allSatisfy({ (0...0xFFF_FFFF).contains($0) }) else {
            throw ControlFault(usage)
        }
        var cell = Cell(
            id: numbers[0], pci: numbers.count > 1 ? numbers[1] : nil, tac: numbers.count > 2 ? numbers[2] : nil,
            technology: technology)
        var rest = words.dropFirst(numbers.count)
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw ControlFault(usage) }
            switch name {
            case "rat":
                guard let technology = RadioTechnology(rawValue: value) else { throw ControlFault(usage) }
                cell.technology = technology
            case "network" where (5...6).contains(value.count) && value.allSatisfy(\.isNumber): cell.network = value
            default: throw ControlFault(usage)
            }
        }
        return cell
    }
}
