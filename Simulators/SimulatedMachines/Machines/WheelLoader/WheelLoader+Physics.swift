import SimulatorKit

extension WheelLoader {
    /// The share of its full speed at which the attachment moves: the operator's limit and what the pump delivers.
    var attachmentSpeed: Double {
        operatorSettings.bucketSpeedLimit / 100 * (engine.speed / 1_900).clamped(to: 0...1.1)
    }

    /// rpm wanted and share of full load, as the phase asks for them.
    private var demand: (speed: Double, load: Double) {
        guard engine.running else { return (0, 0) }
        if isRemote { return remoteDemand }
        return switch cycle.phase {
        case .parked, .refuel, .idle: (800, 0.08)
        case .driveToPile, .back: (1_600, 0.4)
        case .dig: (1_900, operatorSettings.bucketSpeedLimit > 0 ? 0.92 : 0.15)
        case .haul: (1_750, 0.65)
        case .dump: (1_500, 0.45)
        }
    }

    mutating func stepEngine(_ seconds: Double) {
        let (wanted, load) = demand
        let limited = min(wanted, operatorSettings.engineSpeedLimit)
        engine.speed.follow(limited, lag: 0.8, seconds)
        if engine.running { engine.speed += 3 * random.signed() }
        engine.speed = max(0, engine.speed < 1 && !engine.running ? 0 : engine.speed)
        engine.load.follow(100 * load, lag: 0.5, seconds)
        engine.battery.follow(engine.running ? 27.8 : 25.2, lag: 5, seconds)
        engine.coolant.follow(engine.running ? 78 + 0.16 * engine.load : 15, lag: engine.running ? 300 : 3_600, seconds)
        burnFuel(seconds)
    }

    /// 3 l/h idling, about 27 l/h at full load; the tank holds 300 l.
    private mutating func burnFuel(_ seconds: Double) {
        guard engine.running else { return }
        let litres = (2.5 + 25 * engine.load / 100 * engine.speed / 1_900) * seconds / 3_600
        let burnt = min(litres, engine.fuelRemaining * 3)
        engine.fuelRemaining -= burnt / 3
        totals.fuelUsed += burnt
    }

    mutating func stepDrive(_ seconds: Double) {
        let pace = (engine.speed / 1_700).clamped(to: 0...1.2)
        let wanted: Double =
            switch cycle.phase {
            case .driveToPile: -8 * pace
            case .haul: 9 * pace
            case .back: -7 * pace
            case .parked, .idle, .dig, .dump, .refuel: 0
            }
        let lag = wanted == 0 ? 0.3 : 1.0
        cycle.speed.follow(wanted, lag: lag, seconds)
        if abs(cycle.speed) < 0.01 { cycle.speed = 0 }
        let metres = cycle.speed / 3.6 * seconds
        cycle.position = (cycle.position + metres).clamped(to: -1...(WorkCycle.way + 1))
        totals.distance += abs(metres) / 1_000
    }

    /// Degrees wanted of boom and bucket.
    private var stance: (boom: Double, bucket: Double) {
        switch cycle.phase {
        case .parked, .refuel: (-35, 0)
        case .idle, .driveToPile, .back: (-30, 0)
        case .dig: (-20, 45)
        case .haul: (20, 45)
        case .dump: (35, -45)
        }
    }

    /// Moves boom and bucket towards the stance of the phase; true while they move.
    private mutating func takeStance(_ seconds: Double) -> Bool {
        let (boom, bucket) = stance
        let before = (attachment.boom, attachment.bucket)
        attachment.boom.move(to: boom, atMost: 15 * attachmentSpeed * seconds)
        attachment.bucket.move(to: bucket, atMost: 30 * attachmentSpeed * seconds)
        return before != (attachment.boom, attachment.bucket)
    }

    mutating func stepHydraulics(_ seconds: Double) {
        let moving = isRemote ? attachmentIsDriven : takeStance(seconds)
        let working = !isRemote && cycle.phase == .dig && attachmentSpeed > 0
        let wanted = engine.running ? (working ? 27_000 : moving ? 12_000 + 1_500 * attachment.payload : 2_500) : 0
        attachment.pressure.follow(wanted, lag: 0.25, seconds)
        if engine.running { attachment.pressure = max(0, attachment.pressure + 60 * random.signed()) }
        attachment.oil.follow(engine.running ? 45 + 0.3 * engine.load : 15, lag: 1_200, seconds)
        if moving || working { totals.work += attachment.pressure * 2.5 * attachmentSpeed * seconds }
    }

    /// Operating: the engine runs. Idle: it runs and no work is done.
    mutating func stepTotals(_ seconds: Double) {
        guard engine.running else { return }
        totals.operatingHours += seconds / 3_600
        let idle = isRemote ? cycle.speed == 0 && remote.outputs.isNeutral : cycle.phase == .idle
        if idle { totals.idleHours += seconds / 3_600 }
    }
}
