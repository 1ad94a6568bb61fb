import SimulatedModem
import Testing

@Suite("A modem")
struct FirstWords {
    @Test("says OK to AT")
    func attention() {
        var modem = Modem(.quectelSA)
        #expect(modem.execute("AT", at: 1_000_000).result == .ok)
    }
}
