import SimulatedMachines
import Testing

@Suite("The simulated dust station")
struct DustSensorTests {
    private static func steps(seconds: Int) -> Int { Int(Double(seconds) / DustSensor.timeStep) }

    @Test("goes the same way for the same seed")
    func determinism() {
        var (one, same, other) = (DustSensor(seed: 5), DustSensor(seed: 5), DustSensor(seed: 6))
        for _ in 0..<Self.steps(seconds: 600) {
            one.step()
            same.step()
            other.step()
        }
        #expect(one == same)
        #expect(one != other)
    }

    @Test("counts finer particles within coarser ones")
    func fractions() {
        var sensor = DustSensor(seed: 1)
        for _ in 0..<Self.steps(seconds: 3_600) {
            sensor.step()
            let sample = sensor.sample
            #expect(sample.pm1 <= sample.pm2_5 && sample.pm2_5 <= sample.pm10 && sample.pm10 <= sample.total)
            #expect((10...100).contains(sample.humidity) && sample.windSpeed >= 0)
        }
    }

    @Test("takes a sample each sampling interval, and keeps it in between")
    func samplingInterval() {
        var sensor = DustSensor(seed: 1)
        sensor.settings.samplingInterval = 10
        let first = sensor.sample.number
        for _ in 0..<Self.steps(seconds: 100) {
            let before = sensor.sample
            sensor.step()
            if sensor.sample.number == before.number { #expect(sensor.sample == before) }
        }
        #expect((9...10).contains(sensor.sample.number - first))
    }

    @Test("reads too low and reports its air flow when the fan stops")
    func fan() {
        var sensor = DustSensor(seed: 1)
        sensor.settings.fan = false
        for _ in 0..<Self.steps(seconds: 60) { sensor.step() }
        #expect(sensor.sample.total < 1)
        let fault = DustSensor.registers.first { $0.layout.name == "FlowFault" }
        #expect(fault?.quantity(of: sensor) == .flag(true))
    }
}
