import SimulatorKit

/// A card in a slot.
package struct SIMCard: Equatable, Sendable {
    package enum Lock: Equatable, Sendable {
        case ready
        case pin
        case puk
    }

    package var iccid: String
    package var imsi: String
    package var lock = Lock.ready
    package var pin = "1234"
    package var puk = "12345678"
    package var attempts = 3
    package var pukAttempts = 10
    /// Whether the card asks for its PIN at power-up.
    package var asksForPIN = false

    package init(iccid: String, imsi: String) { (self.iccid, self.imsi) = (iccid, imsi) }

    /// Of a text ICCID:IMSI.
    package static func parse(_ text: String) throws(ControlFault) -> SIMCard {
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count == 2, (18...20).contains(parts[0].count), (14...15).contains(parts[1].count),
            parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } })
        else { throw ControlFault("'\(text)' is not a card; accepted: ICCID:IMSI, 18 to 20 and 14 to 15 digits") }
        return SIMCard(iccid: parts[0], imsi: parts[1])
    }

    /// MCC and a two-digit MNC.
    var homeNetwork: String { String(imsi.prefix(5)) }

    mutating func powerUp() {
        if lock == .ready, asksForPIN { lock = .pin }
    }

    /// Whether it was right; the third wrong one in a row asks for the PUK.
    mutating func enter(pin: String) -> Bool {
        guard pin == self.pin else {
            attempts -= 1
            if attempts == 0 { lock = .puk }
            return false
        }
        (attempts, lock) = (3, .ready)
        return true
    }

    mutating func enter(puk: String, newPIN: String) -> Bool {
        guard puk == self.puk else {
            pukAttempts = max(0, pukAttempts - 1)
            return false
        }
        (pin, attempts, pukAttempts, lock) = (newPIN, 3, 10, .ready)
        return true
    }
}
