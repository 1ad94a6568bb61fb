import SimulatorKit

/// Loss in bursts: a chain of a good and a bad state, stepped once a packet, that loses what meets the bad one
/// (Gilbert, Bell System Technical Journal 39, 1960; Elliott's variant with loss 0 and 1).
struct BurstLoss: Equatable, Sendable {
    private var bad = false

    mutating func loses(share: Double, burst: Double, _ random: inout Randomness) -> Bool {
        let draw = random.unit()
        guard share > 0 else {
            bad = false
            return false
        }
        guard burst > 1, share < 1 else {
            bad = draw < share
            return bad
        }
        let recovery = 1 / burst
        bad = bad ? draw >= recovery : draw < min(1, share * recovery / (1 - share))
        return bad
    }
}
