import SimulatorKit

/// A fixed station beside a haul road: dust, weather and the vibration of passing machines.
///
/// The surroundings change all the time; the registers show what the last sample saw.
package struct DustSensor: SimulatedMachine, Equatable {
    package static let name = "sensor"
    package static let summary = "a dust, weather and vibration station"
    /// Seconds.
    package static let timeStep = 0.05

    package var surroundings = Surroundings()
    package var sample = Sample()
    package var device = Device()
    package var settings = Settings()
    package let firmware: String
    var random: Randomness

    package init(seed: UInt64) {
        random = Randomness(seed: seed)
        firmware = "DS3-v2.\(random.next() % 10).\(random.next() % 10)"
        takeSample()
    }

    package mutating func step() {
        let seconds = Self.timeStep
        stepSurroundings(seconds)
        stepDevice(seconds)
        device.sinceSample += seconds
        if device.sinceSample >= settings.samplingInterval { takeSample() }
    }

    package static func == (one: DustSensor, other: DustSensor) -> Bool {
        registers.allSatisfy { $0.quantity(of: one) == $0.quantity(of: other) }
    }
}

extension DustSensor {
    package struct Surroundings: Sendable, Equatable {
        /// µg/m³ of all suspended particles, without a passing machine's.
        var background = Wander(mean: 90, spread: 25, memory: 900)
        /// µg/m³ raised by a machine that passed.
        var plume = 0.0
        var windSpeed = Wander(mean: 3.5, spread: 1.5, memory: 45)
        var windDirection = Wander(mean: 200, spread: 25, memory: 600)
        var pressure = Wander(mean: 1_013, spread: 6, memory: 40_000)
        /// Deviation from the day's course, °C.
        var weather = Wander(mean: 0, spread: 1.5, memory: 7_200)
        /// mm/s that a passing machine adds.
        var rumble = 0.0
        /// Seconds since midnight; the station starts at six in the morning.
        var daytime = 21_600.0
    }

    /// What the registers show.
    package struct Sample: Sendable, Equatable {
        /// µg/m³
        package var pm1 = 0.0
        package var pm2_5 = 0.0
        package var pm10 = 0.0
        package var total = 0.0
        /// m/s and degrees
        package var windSpeed = 0.0
        package var windDirection = 0.0
        /// °C, % and hPa
        package var temperature = 0.0
        package var humidity = 0.0
        package var pressure = 0.0
        /// mm/s, root mean square
        package var vibration = 0.0
        package var number = 0.0
    }

    package struct Device: Sendable, Equatable {
        package var sinceSample = 0.0
        /// % of the nominal air flow through the measuring chamber
        package var flow = 100.0
        package var supply = 24.0
        package var laserHours = 2_310.0
    }

    package struct Settings: Sendable, Equatable {
        /// s
        package var samplingInterval = 1.0
        package var fan = true
        package var heater = false
    }
}
