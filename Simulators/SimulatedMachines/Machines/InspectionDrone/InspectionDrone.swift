import SimulatorKit

/// A quadcopter with a docking station that flies the same inspection round again and again.
package struct InspectionDrone: SimulatedMachine, Equatable {
    package static let name = "drone"
    package static let summary = "an inspection quadcopter with a docking station"
    /// Seconds.
    package static let timeStep = 0.05

    package var flight = Flight()
    package var motion = Motion()
    package var battery = Battery()
    package var wind = Wind()
    package var radio = Radio()
    package var counters = Counters()
    package var pilotSettings = PilotSettings()
    package let serialNumber: String
    /// Metres east and north of home, one for each thing to look at.
    package let route: [Place]
    var random: Randomness

    package init(seed: UInt64) {
        random = Randomness(seed: seed)
        serialNumber = "IQ4-\(1_000_000 + random.next() % 9_000_000)"
        var places: [Place] = []
        for index in 0..<6 {
            let (reach, turn) = (250 + 350 * random.unit(), (Double(index) + random.unit()) * 0.9)
            places.append(Place(east: reach * Trigonometry.sine(turn), north: reach * Trigonometry.cosine(turn)))
        }
        route = places
        counters.flights = (200 * random.unit()).rounded()
        counters.airTime = counters.flights * 1_080
        counters.distance = counters.flights * 5_400
        battery.charge = 80 + 20 * random.unit()
    }

    package mutating func step() {
        let seconds = Self.timeStep
        counters.upTime += Int64(seconds * 1000)
        wind.step(seconds, &random)
        stepFlight(seconds)
        stepMotion(seconds)
        stepBattery(seconds)
        stepRadio(seconds)
        stepCounters(seconds)
    }

    package static func == (one: InspectionDrone, other: InspectionDrone) -> Bool {
        registers.allSatisfy { $0.quantity(of: one) == $0.quantity(of: other) }
    }
}

extension InspectionDrone {
    package struct Place: Sendable, Equatable {
        package var east = 0.0
        package var north = 0.0

        func distance(to other: Place) -> Double {
            let (x, y) = (other.east - east, other.north - north)
            return (x * x + y * y).squareRoot()
        }
    }

    package struct Motion: Sendable, Equatable {
        package var place = Place()
        /// Metres above the docking station.
        package var height = 0.0
        /// m/s
        package var speed = 0.0
        /// m/s, positive upwards
        package var climb = 0.0
        /// Degrees.
        package var roll = 0.0
        package var pitch = 0.0
        /// Degrees clockwise from north.
        package var yaw = 0.0
    }

    package struct Battery: Sendable, Equatable {
        /// % of the full charge
        package var charge = 100.0
        /// A, negative while charging
        package var current = 0.0
        /// °C, one for each of the six cells in series
        package var cells = Cells()
    }

    package struct Cells: Sendable, Equatable {
        package var mean = 20.0
        /// What the first cell, next to the motor controllers, is warmer than the last.
        package var gradient = 0.0
    }

    package struct Wind: Sendable, Equatable {
        /// m/s
        package var speed = Wander(mean: 5, spread: 1.8, memory: 60)
        /// Degrees it comes from.
        package var direction = Wander(mean: 250, spread: 20, memory: 300)

        mutating func step(_ seconds: Double, _ random: inout Randomness) {
            speed.step(seconds, &random)
            speed.value = max(0, speed.value)
            direction.step(seconds, &random)
        }
    }

    package struct Radio: Sendable, Equatable {
        /// dBm
        package var strength = -50.0
        /// 0 none, 3 three-dimensional, 4 differential, 6 carrier phase fixed
        package var fix = 3.0
        package var satellites = 14.0
        var fading = Wander(mean: 0, spread: 3, memory: 4)
    }

    package struct Counters: Sendable, Equatable {
        package var flights = 0.0
        /// s
        package var airTime = 0.0
        /// m
        package var distance = 0.0
        /// ms
        package var upTime: Int64 = 0
    }

    package struct PilotSettings: Sendable, Equatable {
        package var returnToHome = false
        package var navigationLights = true
        /// m above the docking station
        package var altitudeCeiling = 120.0
        /// m/s
        package var cruiseSpeed = 12.0
    }
}
