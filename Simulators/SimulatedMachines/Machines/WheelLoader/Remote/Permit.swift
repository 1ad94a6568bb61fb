/// Under which somebody drives: the epoch of the lease, and the stops there have been in it.
package struct Permit: Sendable, Equatable, Comparable {
    // Doubles, as every number of a register row; exact below 2^53.
    package var epoch: Double
    package var stop: Double

    package init(epoch: Double = 0, stop: Double = 0) { (self.epoch, self.stop) = (epoch, stop) }

    /// The largest epoch a register takes: the integers up to here are exact in a Double.
    package static let lastEpoch = 9_007_199_254_740_991.0
    package static let lastStop = 4_294_967_295.0

    package static func < (one: Permit, other: Permit) -> Bool {
        (one.epoch, one.stop) < (other.epoch, other.stop)
    }

    /// The first permit that is not fenced off once this one has been lost.
    package var next: Permit {
        stop < Self.lastStop ? Permit(epoch: epoch, stop: stop + 1) : Permit(epoch: epoch + 1, stop: 0)
    }
}

/// A permit and the register that asks for something with it.
package struct PermitRequest: Sendable, Equatable {
    package var permit = Permit()
    /// 1 asks; the controller puts it back to 0.
    package var request = 0.0
}
