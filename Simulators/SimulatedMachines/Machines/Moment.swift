/// Where a machine's own time stands, and what the reactor's clock said then.
package struct Moment: Sendable, Equatable {
    /// Seconds the machine has lived.
    package var seconds = 0.0
    /// Nanoseconds of CLOCK_BOOTTIME.
    package var boottime: Int64 = 0

    package init(seconds: Double = 0, boottime: Int64 = 0) { (self.seconds, self.boottime) = (seconds, boottime) }
}
