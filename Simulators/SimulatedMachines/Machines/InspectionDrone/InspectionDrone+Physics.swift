import SimulatorKit

extension InspectionDrone {
    mutating func stepMotion(_ seconds: Double) {
        guard flight.phase.isAirborne else { return stepGround(seconds) }
        stepHeight(seconds)
        let travelling = flight.phase == .transit || flight.phase == .returning
        let rest = motion.place.distance(to: destination)
        // Slows down so that it stops at the destination with 1.5 m/s².
        let wanted = travelling ? min(pilotSettings.cruiseSpeed, (3 * rest).squareRoot(), rest * 1.5 + 0.2) : 0
        let before = motion.speed
        motion.speed.move(to: wanted, atMost: 3 * seconds)
        if travelling, rest > 0.5 { turn(towards: destination, seconds) }
        travel(min(rest, motion.speed * seconds), of: rest)
        let gust = 0.3 * random.signed()
        motion.pitch.follow(-1.2 * motion.speed - 4 * (motion.speed - before) / seconds / 3 + gust, lag: 0.4, seconds)
        motion.roll.follow(0.8 * (wind.speed.value - 5) + 0.6 * random.signed(), lag: 0.4, seconds)
    }

    private mutating func stepGround(_ seconds: Double) {
        (motion.height, motion.climb, motion.speed) = (0, 0, 0)
        motion.pitch.follow(0, lag: 0.5, seconds)
        motion.roll.follow(0, lag: 0.5, seconds)
    }

    private mutating func stepHeight(_ seconds: Double) {
        let rest = wantedHeight - motion.height
        let fastest = flight.phase == .landing ? max(0.4, min(2, motion.height / 4)) : 3
        motion.climb.move(to: rest.clamped(to: -fastest...fastest), atMost: 2 * seconds)
        if flight.phase == .landing { motion.climb = min(motion.climb, -0.3) }
        motion.height = max(0, motion.height + motion.climb * seconds)
    }

    private mutating func travel(_ metres: Double, of rest: Double) {
        guard rest > 0 else { return }
        motion.place.east += (destination.east - motion.place.east) / rest * metres
        motion.place.north += (destination.north - motion.place.north) / rest * metres
        counters.distance += metres
    }

    private mutating func turn(towards place: Place, _ seconds: Double) {
        let course = Trigonometry.bearing(east: place.east - motion.place.east, north: place.north - motion.place.north)
        var difference = course - motion.yaw
        if difference > 180 { difference -= 360 }
        if difference < -180 { difference += 360 }
        motion.yaw += difference.clamped(to: -60 * seconds...60 * seconds)
        if motion.yaw < 0 { motion.yaw += 360 }
        if motion.yaw >= 360 { motion.yaw -= 360 }
    }

    /// 10 Ah; about 24 A in hover, more against the wind and when climbing; 12 A while charging.
    mutating func stepBattery(_ seconds: Double) {
        let wanted: Double =
            switch flight.phase {
            case .parked: 0.4
            case .arming: 3
            case .charging: battery.charge < Self.charged ? -12 : 0
            default: 20 + 0.25 * motion.speed + 0.3 * wind.speed.value + 4 * max(0, motion.climb)
            }
        battery.current.follow(wanted, lag: 0.3, seconds)
        // Off the charger nothing flows back.
        if flight.phase != .charging { battery.current = max(0, battery.current) }
        battery.charge = (battery.charge - battery.current * seconds / 360).clamped(to: 0...100)
        let heat = battery.current * battery.current
        battery.cells.mean.follow(20 + 0.045 * heat, lag: 500, seconds)
        battery.cells.gradient.follow(max(0, 0.15 * battery.current), lag: 200, seconds)
    }

    /// Free-space loss from 10 m on, and fading.
    mutating func stepRadio(_ seconds: Double) {
        radio.fading.step(seconds, &random)
        let away = max(10, motion.place.distance(to: Place()))
        radio.strength = (-50 - 20 * Trigonometry.decimalLogarithm(away / 10) + radio.fading.value).clamped(
            to: -120...0)
        if random.happens(rate: 0.05, within: seconds) {
            radio.satellites = (radio.satellites + (2 * random.signed()).rounded()).clamped(to: 9...22)
        }
        if radio.fix >= 3 { radio.fix = radio.satellites >= 12 ? 6 : 4 }
    }

    mutating func stepCounters(_ seconds: Double) {
        if flight.phase.isAirborne { counters.airTime += seconds }
    }
}
