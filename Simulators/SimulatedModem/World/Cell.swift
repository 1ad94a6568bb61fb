/// Radio technology, as COPS and the registration reports number it (TS 27.007, 7.3).
package enum RadioTechnology: String, Equatable, Sendable, CaseIterable {
    case lte
    /// LTE with an NR cell beside it (EN-DC).
    case nsa
    /// Standalone 5G.
    case nr

    var accessTechnology: Int {
        switch self {
        case .lte: 7
        case .nr: 11
        case .nsa: 13
        }
    }
}

package struct Cell: Equatable, Sendable {
    package var id: Int
    package var pci: Int
    package var tac: Int
    package var technology: RadioTechnology
    /// MCC and MNC; nil for the home network of whatever card is in.
    package var network: String?

    package init(
        id: Int, pci: Int? = nil, tac: Int? = nil, technology: RadioTechnology = .nr, network: String? = nil
    ) {
        self.id = id
        self.pci = pci ?? (id * 37 + 11) % 1008
        self.tac = tac ?? 0x1A00 + id / 3
        self.technology = technology
        self.network = network
    }

    /// What goes over the air: a 36-bit NR identity or a 28-bit E-UTRAN one, in hexadecimal.
    var identity: String {
        let base = technology == .nr ? 0x0_0500_0000 : 0x050_0000
        return String(base + id, radix: 16, uppercase: true)
    }

    var areaCode: String { String(tac, radix: 16, uppercase: true) }
}

/// dBm, dB, dB.
package struct Signal: Equatable, Sendable {
    package var rsrp: Double
    package var rsrq: Double
    package var sinr: Double

    package init(rsrp: Double, rsrq: Double, sinr: Double) {
        (self.rsrp, self.rsrq, self.sinr) = (rsrp, rsrq, sinr)
    }

    func blended(with other: Signal, _ share: Double) -> Signal {
        Signal(
            rsrp: rsrp + (other.rsrp - rsrp) * share, rsrq: rsrq + (other.rsrq - rsrq) * share,
            sinr: sinr + (other.sinr - sinr) * share)
    }
}
