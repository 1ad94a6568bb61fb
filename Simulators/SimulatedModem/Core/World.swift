/// Everything about a modem's surroundings that a tester decides.
package struct World: Equatable, Sendable {
    package var drive: Drive
    package var seed: UInt64
    /// UTC seconds of 1970 at simulated time 0.
    package var epoch: Int64
    package var denial: Denial?
    /// In place of the drive's, while set.
    package var cell: Cell?
    package var signal: Signal?
    package var hasNoCell = false
    /// Slices of the subscription, as the host would request them.
    package var allowedSlices = ["01", "01.D143A5"]
    /// Causes by S-NSSAI (TS 24.501, 9.11.3.46).
    package var rejectedSlices: [String: Int] = [:]
    /// The rung that ends the dead data path; nil when data flow.
    package var deadDataCure: Rung?

    init(drive: Drive, seed: UInt64, epoch: Int64) { (self.drive, self.seed, self.epoch) = (drive, seed, epoch) }

    /// The serving cell and its signal; nil where there is none.
    package func place(at time: Int64) -> (cell: Cell, signal: Signal)? {
        guard !hasNoCell else { return nil }
        let point = drive.point(at: time)
        guard let cell = cell ?? point.cell else { return nil }
        return (cell, signal ?? (point.cell == nil ? Signal(rsrp: -95, rsrq: -11, sinr: 12) : point.signal))
    }
}
