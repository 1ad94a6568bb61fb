import SimulatorKit

/// A wheel loader of the 5 t class that fills a truck from a pile, eight hours a day.
///
/// One step moves the engine, then the work cycle, then what follows from both: heat, fuel, hours, payload, faults.
/// While somebody drives it from afar, the work cycle rests.
package struct WheelLoader: SimulatedMachine, Equatable {
    package static let name = "loader"
    package static let summary = "a 5 t wheel loader that fills trucks from a pile"
    /// Seconds; short enough for the watchdog of the remote control.
    package static let timeStep = 0.01
    /// So that the watchdog is judged in time when nobody asks.
    package static let pace: Int64 = 5_000_000
    /// Steps after which the work cycle and what changes slowly move on.
    private static let stepsOfWork = 5

    package var engine = Engine()
    package var cycle = WorkCycle()
    package var attachment = Attachment()
    package var totals = Totals()
    package var faults = FaultMemory()
    package var operatorSettings = OperatorSettings()
    package var remote = RemoteControl()
    package var pose = Pose()
    package let serialNumber: String
    /// Milliseconds since 1970-01-01T00:00:00Z on the machine's own clock, which starts on 2026-01-05 at 06:00.
    package var clock: Int64 = 1_767_592_800_000
    var random: Randomness
    private var steps = 0

    package init(seed: UInt64) {
        random = Randomness(seed: seed)
        serialNumber = "WL950-\(100_000 + random.next() % 900_000)"
        totals.operatingHours = 1_000 + 4_000 * random.unit()
        totals.idleHours = totals.operatingHours * 0.31
        totals.fuelUsed = totals.operatingHours * 14
        totals.distance = totals.operatingHours * 4.2
        totals.loadCount = (totals.operatingHours * 35).rounded()
        totals.payload = totals.loadCount * 4.8
        engine.fuelRemaining = 60 + 40 * random.unit()
    }

    package mutating func step() {
        clock += Int64(Self.timeStep * 1000)
        steps += 1
        if isRemote { stepRemote(Self.timeStep) }
        if steps % Self.stepsOfWork == 0 { stepWork(Self.timeStep * Double(Self.stepsOfWork)) }
    }

    private mutating func stepWork(_ seconds: Double) {
        if !isRemote { stepCycle(seconds) }
        stepEngine(seconds)
        if !isRemote { stepDrive(seconds) }
        stepHydraulics(seconds)
        stepTotals(seconds)
        faults.step(seconds, engine: engine, hydraulics: attachment, &random)
    }

    package static func == (one: WheelLoader, other: WheelLoader) -> Bool {
        registers.allSatisfy { $0.quantity(of: one) == $0.quantity(of: other) }
    }
}

extension WheelLoader {
    package struct Engine: Sendable, Equatable {
        package var running = false
        /// rpm
        package var speed = 0.0
        /// %
        package var load = 0.0
        /// °C
        package var coolant = 15.0
        /// % of 300 l
        package var fuelRemaining = 100.0
        /// V
        package var battery = 25.2
    }

    package struct Attachment: Sendable, Equatable {
        /// Degrees above horizontal.
        package var boom = -35.0
        /// Degrees, positive when curled back.
        package var bucket = 0.0
        /// t in the bucket
        package var payload = 0.0
        /// kPa
        package var pressure = 2_500.0
        /// °C
        package var oil = 15.0
    }

    package struct Totals: Sendable, Equatable {
        package var operatingHours = 0.0
        package var idleHours = 0.0
        /// l
        package var fuelUsed = 0.0
        /// km
        package var distance = 0.0
        package var loadCount = 0.0
        /// t
        package var payload = 0.0
        /// J of hydraulic work
        package var work = 0.0
    }

    package struct OperatorSettings: Sendable, Equatable {
        /// % of the attachment's full speed
        package var bucketSpeedLimit = 100.0
        /// rpm
        package var engineSpeedLimit = 2_200.0
        /// t
        package var targetPayload = 5.0
        package var workLight = false
        package var horn = false
        package var beacon = false
    }
}
