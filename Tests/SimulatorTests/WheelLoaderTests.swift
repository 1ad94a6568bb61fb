import SimulatedMachines
import Testing

@Suite("The simulated wheel loader")
struct WheelLoaderTests {
    private static func steps(seconds: Int) -> Int { Int(Double(seconds) / WheelLoader.timeStep) }

    @Test("goes the same way for the same seed, another for another")
    func determinism() {
        var (one, same, other) = (WheelLoader(seed: 5), WheelLoader(seed: 5), WheelLoader(seed: 6))
        for _ in 0..<Self.steps(seconds: 300) {
            one.step()
            same.step()
            other.step()
        }
        #expect(one == same)
        #expect(one != other)
    }

    @Test("never gains fuel but by refuelling, and refuels when it runs low")
    func fuel() {
        var loader = WheelLoader(seed: 2)
        loader.engine.fuelRemaining = 9
        var refuelled = false
        for _ in 0..<Self.steps(seconds: 3_600) {
            let before = loader.engine.fuelRemaining
            let refuelling = loader.cycle.phase == .refuel
            loader.step()
            if loader.engine.fuelRemaining > before { #expect(refuelling) }
            refuelled = refuelled || refuelling
            #expect((0...100).contains(loader.engine.fuelRemaining))
        }
        #expect(refuelled)
    }

    @Test("counts hours, fuel, distance, loads and payload upwards only")
    func totals() {
        var loader = WheelLoader(seed: 3)
        for _ in 0..<Self.steps(seconds: 1_800) {
            let before = loader.totals
            loader.step()
            let after = loader.totals
            #expect(after.operatingHours >= before.operatingHours && after.idleHours >= before.idleHours)
            #expect(after.fuelUsed >= before.fuelUsed && after.distance >= before.distance)
            #expect(after.loadCount >= before.loadCount && after.payload >= before.payload && after.work >= before.work)
            #expect(after.idleHours - before.idleHours <= after.operatingHours - before.operatingHours + 1e-12)
        }
    }

    @Test("adds one load for each dump it leaves, and the payload that went into it")
    func loads() {
        var loader = WheelLoader(seed: 4)
        let (loads, payload) = (loader.totals.loadCount, loader.totals.payload)
        var dumps = 0.0
        for _ in 0..<Self.steps(seconds: 3_600) {
            let before = loader.cycle.phase
            loader.step()
            if before == .back, loader.cycle.phase == .idle { dumps += 1 }
        }
        #expect(dumps > 20)
        #expect(loader.totals.loadCount - loads == dumps)
        let mean = (loader.totals.payload - payload) / dumps
        #expect((4.5...5.4).contains(mean))
    }

    @Test("stands still with its bucket at a limit of 0 %, and digs slower at 30 %")
    func bucketSpeedLimit() {
        var timed: [Double: Double] = [:]
        for limit in [100.0, 30.0] {
            var loader = WheelLoader(seed: 1)
            loader.operatorSettings.bucketSpeedLimit = limit
            var seconds = 0.0
            for _ in 0..<Self.steps(seconds: 900) {
                loader.step()
                if loader.cycle.phase == .dig { seconds += WheelLoader.timeStep }
                if loader.cycle.phase == .haul { break }
            }
            timed[limit] = seconds
        }
        #expect(timed[30]! > 2.5 * timed[100]!)
        var stopped = WheelLoader(seed: 1)
        stopped.operatorSettings.bucketSpeedLimit = 0
        for _ in 0..<Self.steps(seconds: 300) { stopped.step() }
        #expect(stopped.cycle.phase == .dig)
        #expect(stopped.attachment.payload == 0)
        #expect(stopped.attachment.boom == WheelLoader(seed: 1).attachment.boom)
    }

    @Test("keeps the engine near its limit")
    func engineSpeedLimit() {
        var loader = WheelLoader(seed: 1)
        loader.operatorSettings.engineSpeedLimit = 1_200
        for _ in 0..<Self.steps(seconds: 600) {
            loader.step()
            #expect(loader.engine.speed < 1_250)
        }
    }

    @Test("shows faults that come and go")
    func faults() {
        var loader = WheelLoader(seed: 8)
        var (raised, cleared) = (0, 0)
        for _ in 0..<Self.steps(seconds: 4 * 3_600) {
            let before = loader.faults.active
            loader.step()
            if before == 0, loader.faults.active != 0 { raised += 1 }
            if before != 0, loader.faults.active == 0 { cleared += 1 }
        }
        #expect(raised > 0 && cleared > 0)
        #expect(Double(raised) <= loader.faults.count)
    }

    @Test("keeps temperatures and speeds within what such a machine can do")
    func plausible() {
        var loader = WheelLoader(seed: 9)
        for _ in 0..<Self.steps(seconds: 2 * 3_600) {
            loader.step()
            #expect((10...105).contains(loader.engine.coolant))
            #expect((10...95).contains(loader.attachment.oil))
            #expect((-15...15).contains(loader.cycle.speed))
            #expect((0...2_300).contains(loader.engine.speed))
        }
        #expect(loader.engine.coolant > 80)
    }
}
