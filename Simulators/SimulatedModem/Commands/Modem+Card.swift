/// PIN and PUK (TS 27.007, 8.3), slots.
extension Modem {
    static let cardCommands: [String: Handler] = [
        "+CPIN": { modem, command in
            switch command.kind {
            case .read: modem.cardLine.map { .ok($0) } ?? .refused(.noCard)
            case .set: modem.enterPIN(command)
            case .test: .ok
            case .execute: .error
            }
        },
        "+CLCK": { modem, command in
            guard let card = modem.card else { return .refused(.noCard) }
            guard command.kind == .set else { return .ok("+CLCK: (\"SC\")") }
            guard command.argument(0) == "SC", command.integer(1) == 2 else { return .refused(.operationNotAllowed) }
            return .ok("+CLCK: \(card.asksForPIN ? 1 : 0)")
        },
        "+CRSM": { modem, command in modem.readFile(command) },
        "+QPINC": { modem, _ in
            guard let card = modem.card else { return .refused(.noCard) }
            return .ok("+QPINC: \"SC\",\(card.attempts),\(card.pukAttempts)")
        },
        "+QUIMSLOT": { modem, command in
            switch command.kind {
            case .read: return .ok("+QUIMSLOT: \(modem.activeSlot + 1)")
            case .test: return .ok("+QUIMSLOT: (1,2)")
            default:
                guard let slot = command.integer(0), (1...2).contains(slot) else {
                    return .refused(.incorrectParameters)
                }
                modem.select(slot: slot - 1)
                return .ok
            }
        },
    ]

    /// As the query and the start announce the card; nil without one.
    var cardLine: String? {
        switch card?.lock {
        case nil: nil
        case .ready: "+CPIN: READY"
        case .pin: "+CPIN: SIM PIN"
        case .puk: "+CPIN: SIM PUK"
        }
    }

    private mutating func enterPIN(_ command: ATCommand) -> Reply {
        guard var card else { return .refused(.noCard) }
        guard let code = command.argument(0) else { return .refused(.incorrectParameters) }
        let right: Bool
        switch card.lock {
        case .ready: return .refused(.operationNotAllowed)
        case .pin: right = card.enter(pin: code)
        case .puk:
            guard let pin = command.argument(1) else { return .refused(.pukRequired) }
            right = card.enter(puk: code, newPIN: pin)
        }
        self.card = card
        guard right else { return .refused(.incorrectPassword) }
        announceCard()
        return .ok
    }

    /// AT+CRSM (TS 27.007, 8.18): READ BINARY of the files a host looks at (TS 31.102; TS 102 221, 13.2).
    private func readFile(_ command: ATCommand) -> Reply {
        guard let card else { return .refused(.noCard) }
        // The card's identity can be read before the PIN.
        if let refusal = cardRefusal, command.integer(1) != 0x2FE2 { return refusal }
        guard command.integer(0) == 176, let octets = octets(ofFile: command.integer(1) ?? 0, card) else {
            // 6A 82: no such file.
            return .ok("+CRSM: 106,130")
        }
        return .ok("+CRSM: 144,0,\"\(octets.hexadecimal)\"")
    }

    private func octets(ofFile file: Int, _ card: SIMCard) -> Octets? {
        switch file {
        case 0x2FE2: return Octets(bytes: Delivery.swapped(card.iccid))
        // Administrative data: normal operation, the MNC has two digits.
        case 0x6FAD: return Octets(bytes: [0, 0, 0, 2])
        // Service provider's name, filled up to its 16 places.
        case 0x6F46:
            let name = Array("Test Mobile".utf8)
            return Octets(bytes: [0] + name + Array(repeating: 0xFF, count: 16 - name.count))
        default: return nil
        }
    }
}
