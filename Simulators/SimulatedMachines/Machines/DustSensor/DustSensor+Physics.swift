import SimulatorKit

extension DustSensor {
    mutating func stepSurroundings(_ seconds: Double) {
        surroundings.daytime = (surroundings.daytime + seconds).truncatingRemainder(dividingBy: 86_400)
        surroundings.background.step(seconds, &random)
        surroundings.windSpeed.step(seconds, &random)
        surroundings.windSpeed.value = max(0, surroundings.windSpeed.value)
        surroundings.windDirection.step(seconds, &random)
        surroundings.pressure.step(seconds, &random)
        surroundings.weather.step(seconds, &random)
        stepTraffic(seconds)
    }

    /// A machine passes every four minutes or so; the wind carries its dust away.
    private mutating func stepTraffic(_ seconds: Double) {
        if random.happens(rate: 1 / 240, within: seconds) {
            surroundings.plume += 200 + 400 * random.unit()
            surroundings.rumble += 3 + 3 * random.unit()
        }
        surroundings.plume.follow(0, lag: 60 / (0.5 + surroundings.windSpeed.value / 3), seconds)
        surroundings.rumble.follow(0, lag: 6, seconds)
    }

    mutating func stepDevice(_ seconds: Double) {
        device.flow.follow(settings.fan ? 100 : 0, lag: 2, seconds)
        device.supply = 24 + 0.05 * random.signed() - (settings.heater ? 0.4 : 0)
        device.laserHours += seconds / 3_600
    }

    /// Without air flow the particles settle and the chamber reads too low.
    mutating func takeSample() {
        device.sinceSample = 0
        let suspended = max(4, surroundings.background.value + surroundings.plume)
        let total = suspended * device.flow / 100 * (1 + 0.02 * random.signed())
        sample.total = total
        sample.pm10 = total * 0.55
        sample.pm2_5 = total * 0.21
        sample.pm1 = total * 0.12
        sample.windSpeed = surroundings.windSpeed.value
        sample.windDirection = surroundings.windDirection.value.clamped(to: 0...359.9)
        sample.temperature = temperature
        sample.humidity = (95 - 2.4 * (sample.temperature - 2)).clamped(to: 10...100)
        sample.pressure = surroundings.pressure.value
        sample.vibration = 0.15 + 0.02 * random.unit() + surroundings.rumble
        sample.number += 1
    }

    /// Coldest at four in the morning, warmest at four in the afternoon.
    private var temperature: Double {
        let turn = (surroundings.daytime - 57_600) / 86_400 * 2 * Double.pi
        return 14 + 7 * Trigonometry.cosine(turn) + surroundings.weather.value + (settings.heater ? 0.6 : 0)
    }
}
