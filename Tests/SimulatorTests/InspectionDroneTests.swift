import SimulatedMachines
import Testing

@Suite("The simulated inspection drone")
struct InspectionDroneTests {
    private static func steps(seconds: Int) -> Int { Int(Double(seconds) / InspectionDrone.timeStep) }

    /// Steps until the phase is reached; false after two hours.
    private func reach(_ phase: Flight.Phase, _ drone: inout InspectionDrone) -> Bool {
        for _ in 0..<Self.steps(seconds: 7_200) {
            if drone.flight.phase == phase { return true }
            drone.step()
        }
        return false
    }

    @Test("goes the same way for the same seed")
    func determinism() {
        var (one, same) = (InspectionDrone(seed: 5), InspectionDrone(seed: 5))
        for _ in 0..<Self.steps(seconds: 600) {
            one.step()
            same.step()
        }
        #expect(one == same)
    }

    @Test("flies, lands, charges and flies again, with its charge between 0 and 100 %")
    func rounds() {
        var drone = InspectionDrone(seed: 1)
        let flights = drone.counters.flights
        for _ in 0..<Self.steps(seconds: 4 * 3_600) {
            let before = drone
            drone.step()
            #expect((0...100).contains(drone.battery.charge))
            #expect(drone.battery.charge <= before.battery.charge || before.flight.phase == .charging)
            #expect(drone.counters.airTime >= before.counters.airTime)
            #expect(drone.counters.distance >= before.counters.distance)
            if !drone.flight.phase.isAirborne { #expect(drone.motion.height == 0) }
        }
        #expect(drone.counters.flights - flights >= 3)
    }

    @Test("looks at all six places of a round when its charge allows")
    func wholeRound() {
        var drone = InspectionDrone(seed: 1)
        drone.battery.charge = 100
        #expect(reach(.returning, &drone))
        #expect(drone.flight.inspected == drone.route.count)
        #expect(drone.battery.charge > 25)
    }

    @Test("comes home when told to, and clears the command when it has landed")
    func returnToHome() {
        var drone = InspectionDrone(seed: 3)
        #expect(reach(.transit, &drone))
        drone.pilotSettings.returnToHome = true
        drone.step()
        #expect(drone.flight.phase == .returning)
        #expect(reach(.charging, &drone))
        #expect(!drone.pilotSettings.returnToHome)
        #expect(abs(drone.motion.place.east) < 2 && abs(drone.motion.place.north) < 2)
    }

    @Test("stays on the ground while it is told to be at home")
    func staysHome() {
        var drone = InspectionDrone(seed: 3)
        drone.pilotSettings.returnToHome = true
        for _ in 0..<Self.steps(seconds: 120) { drone.step() }
        #expect(drone.flight.phase == .parked)
    }

    @Test("turns back on a low battery")
    func lowBattery() {
        var drone = InspectionDrone(seed: 3)
        #expect(reach(.inspect, &drone))
        drone.battery.charge = 24.9
        drone.step()
        #expect(drone.flight.phase == .returning)
        #expect(reach(.charging, &drone))
    }

    @Test("keeps below its ceiling and its cruise speed")
    func limits() {
        var drone = InspectionDrone(seed: 4)
        drone.pilotSettings.altitudeCeiling = 20
        drone.pilotSettings.cruiseSpeed = 5
        let airTime = drone.counters.airTime
        for _ in 0..<Self.steps(seconds: 900) {
            drone.step()
            #expect(drone.motion.height <= 21)
            #expect(drone.motion.speed <= 5.001)
        }
        #expect(drone.counters.airTime - airTime > 300)
    }
}
