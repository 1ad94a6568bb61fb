/// Where a drone is in its job.
package struct Flight: Sendable, Equatable {
    /// Numbered as in the data sheet.
    package enum Phase: Int, Sendable, CaseIterable {
        case parked, arming, takeOff, transit, inspect, returning, landing, charging

        package var isAirborne: Bool { (Phase.takeOff.rawValue...Phase.landing.rawValue).contains(rawValue) }
    }

    package var phase = Phase.parked
    /// Seconds in this phase.
    package var time = 0.0
    /// Things looked at in this job.
    package var inspected = 0
    /// Jobs begun since the machine was switched on.
    package var job = 0.0

    mutating func enter(_ phase: Phase) { (self.phase, time) = (phase, 0) }
}

extension InspectionDrone {
    /// % of charge below which the drone turns back.
    static let reserve = 25.0
    /// % of charge at which charging ends.
    static let charged = 95.0
    /// Metres above the docking station on the way.
    static let cruiseHeight = 60.0
    /// Metres at which things are looked at.
    static let workHeight = 35.0

    mutating func stepFlight(_ seconds: Double) {
        flight.time += seconds
        if mustReturn { return flight.enter(.returning) }
        switch flight.phase {
        case .parked: if mayStart { flight.enter(.arming) }
        case .arming: if flight.time > 3 { takeOff() }
        case .takeOff: if atWantedHeight { flight.enter(.transit) }
        case .transit: if motion.place.distance(to: destination) < 2 { flight.enter(.inspect) }
        case .inspect: if flight.time > 45 { lookedAt() }
        case .returning: if motion.place.distance(to: Place()) < 1, motion.speed < 1.5 { flight.enter(.landing) }
        case .landing: if motion.height <= 0 { land() }
        case .charging: if battery.charge >= Self.charged { flight.enter(.parked) }
        }
    }

    private var mustReturn: Bool {
        let onJob = [.takeOff, .transit, .inspect].contains(flight.phase)
        return onJob && (pilotSettings.returnToHome || battery.charge < Self.reserve)
    }

    private var mayStart: Bool {
        flight.time > 10 && !pilotSettings.returnToHome && radio.fix >= 3 && battery.charge > 60
    }

    private mutating func takeOff() {
        (flight.inspected, flight.job) = (0, flight.job + 1)
        counters.flights += 1
        flight.enter(.takeOff)
    }

    private mutating func lookedAt() {
        flight.inspected += 1
        flight.enter(flight.inspected < route.count ? .transit : .returning)
    }

    private mutating func land() {
        pilotSettings.returnToHome = false
        flight.enter(.charging)
    }

    /// Where it goes now.
    var destination: Place {
        flight.phase == .transit || flight.phase == .inspect ? route[min(flight.inspected, route.count - 1)] : Place()
    }

    /// The height asked for in this phase, below the ceiling.
    var wantedHeight: Double {
        let wanted: Double =
            switch flight.phase {
            case .takeOff, .transit, .returning: Self.cruiseHeight
            case .inspect: Self.workHeight
            case .landing, .parked, .arming, .charging: 0
            }
        return min(wanted, pilotSettings.altitudeCeiling)
    }

    private var atWantedHeight: Bool { abs(motion.height - wantedHeight) < 1 }
}
