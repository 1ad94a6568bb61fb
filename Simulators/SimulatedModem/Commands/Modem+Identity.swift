/// Who the modem and its card are.
extension Modem {
    static let identityCommands: [String: Handler] = [
        "I": { modem, _ in
            .ok(modem.personality.manufacturer, modem.personality.model, "Revision: \(modem.personality.revision)")
        },
        "+CGMI": { modem, command in modem.identity(command, modem.personality.manufacturer) },
        "+GMI": { modem, command in modem.identity(command, modem.personality.manufacturer) },
        "+CGMM": { modem, command in modem.identity(command, modem.personality.model) },
        "+GMM": { modem, command in modem.identity(command, modem.personality.model) },
        "+CGMR": { modem, command in modem.identity(command, modem.personality.revision) },
        "+GMR": { modem, command in modem.identity(command, modem.personality.revision) },
        "+CGSN": { modem, command in modem.identity(command, modem.imei) },
        "+GSN": { modem, command in modem.identity(command, modem.imei) },
        "+CIMI": { modem, command in
            // Bare on every modem: ModemManager takes nothing else.
            modem.cardRefusal ?? (command.kind == .test ? .ok : .ok(modem.card?.imsi ?? ""))
        },
        "+CCID": cardIdentity, "+QCCID": cardIdentity, "+ICCID": cardIdentity,
        "+CNUM": { modem, _ in modem.cardRefusal ?? .ok },
    ]

    private static let cardIdentity: Handler = { modem, command in
        guard let card = modem.card else { return .refused(.noCard) }
        return command.kind == .test ? .ok : .ok("\(command.name): \(card.iccid)")
    }

    private func identity(_ command: ATCommand, _ text: String) -> Reply {
        guard command.kind != .test else { return .ok }
        return .ok(personality.namesIdentityAnswers ? "\(command.name): \"\(text)\"" : text)
    }

    /// A test device's number, from the seed, with its check digit.
    package var imei: String {
        let serial = "\(world.seed % 1_000_000)"
        let digits = "00101700" + String(repeating: "0", count: 6 - serial.count) + serial
        return digits + "\(Self.checkDigit(digits))"
    }

    /// Luhn's, from the right, the last digit doubled.
    private static func checkDigit(_ digits: String) -> Int {
        let sum = digits.reversed().enumerated().reduce(0) { sum, next in
            let digit = next.element.wholeNumberValue ?? 0
            let doubled = next.offset.isMultiple(of: 2) ? digit * 2 : digit
            return sum + doubled / 10 + doubled % 10
        }
        return (10 - sum % 10) % 10
    }
}
