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
}
