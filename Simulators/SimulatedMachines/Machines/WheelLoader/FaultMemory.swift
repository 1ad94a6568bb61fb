import SimulatorKit

/// The fault code a loader shows: suspect parameter number × 32 + failure mode, as SAE J1939-73 numbers them; 0 is none.
package struct FaultMemory: Sendable, Equatable {
    package var active = 0.0
    /// Faults since the machine was built.
    package var count = 0.0
    private var remaining = 0.0

    /// What comes and goes by itself: air filter, battery voltage, hydraulic filter, fuel water, tyre pressure.
    static let passing: [Double] = [107, 168, 1713, 97, 241].map { $0 * 32 + 15 }
    /// Coolant above 105 °C.
    static let coolant = 110.0 * 32
    /// Hydraulic oil above 95 °C.
    static let oil = 1638.0 * 32
    /// Fuel below 10 %.
    static let fuel = 96.0 * 32 + 17

    mutating func step(
        _ seconds: Double, engine: WheelLoader.Engine, hydraulics: WheelLoader.Attachment, _ random: inout Randomness
    ) {
        if let cause = condition(engine, hydraulics) {
            raise(cause)
        } else if active == Self.coolant || active == Self.oil || active == Self.fuel {
            active = 0
        } else if active != 0 {
            remaining -= seconds
            if remaining <= 0 { active = 0 }
        } else if engine.running, random.happens(rate: 1 / 2_400, within: seconds) {
            raise(Self.passing[Int(random.next() % UInt64(Self.passing.count))])
            remaining = 30 + 270 * random.unit()
        }
    }

    private func condition(_ engine: WheelLoader.Engine, _ hydraulics: WheelLoader.Attachment) -> Double? {
        if engine.coolant > 105 { return Self.coolant }
        if hydraulics.oil > 95 { return Self.oil }
        return engine.fuelRemaining < 10 ? Self.fuel : nil
    }

    private mutating func raise(_ code: Double) {
        if active != code { count += 1 }
        active = code
    }
}
