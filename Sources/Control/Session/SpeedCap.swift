import FieldModel

/// How fast the machine may go for what the operator can know of it.
package enum SpeedCap {
    /// v_max · min(1, 200 ms ⁄ L), L = age of the picture + age bound, in thousandths; creep where no picture is known.
    package static func thousandths(videoAge: UInt16?, age: Duration, limits: SessionLimits) -> UInt16 {
        guard let videoAge else { return limits.creep }
        let lag = Int64(videoAge) * 1000 + max(0, age.wholeNanoseconds / 1000)
        let unhurried = limits.unhurried.wholeNanoseconds / 1000
        return lag <= unhurried ? 1000 : UInt16(1000 * unhurried / lag)
    }
}
