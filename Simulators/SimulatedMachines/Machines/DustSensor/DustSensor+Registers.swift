extension DustSensor {
    var flowFault: Bool { device.flow < 50 }
    var dustAlarm: Bool { sample.pm10 > 250 }
    var vibrationAlarm: Bool { sample.vibration > 4.5 }
    var calibrationDate: Double { 20_251_118 }
    var stationNumber: Double { 417 }
    /// µm/s
    var vibrationMicro: Double { sample.vibration * 1_000 }

    var statusWord: Double {
        let bits = [true, settings.fan, settings.heater, flowFault, dustAlarm, vibrationAlarm]
        return bits.reversed().reduce(0) { 2 * $0 + ($1 ? 1 : 0) }
    }

    package static let registers: [RegisterRow<DustSensor>] = dust + weather + deviceRows + statusBits + settingRows

    private static let dust: [RegisterRow<DustSensor>] = [
        .init(
            .input, 0, "PM1", .u32, .number(\.sample.pm1), order: .BADC, scale: 0.01, unit: "ug/m3",
            "Particles up to 1 um"),
        .init(
            .input, 2, "PM2_5", .u32, .number(\.sample.pm2_5), order: .BADC, scale: 0.01, unit: "ug/m3",
            "Particles up to 2.5 um"),
        .init(
            .input, 4, "PM10", .u32, .number(\.sample.pm10), order: .BADC, scale: 0.01, unit: "ug/m3",
            "Particles up to 10 um"),
        .init(
            .input, 6, "TSP", .u32, .number(\.sample.total), order: .BADC, scale: 0.01, unit: "ug/m3",
            "Total suspended particles"),
    ]

    private static let weather: [RegisterRow<DustSensor>] = [
        .init(
            .input, 10, "WindSpeed", .u16, .number(\.sample.windSpeed), order: .BADC, scale: 0.01, unit: "m/s",
            "Mean of the sample"),
        .init(
            .input, 11, "WindDirection", .u16, .number(\.sample.windDirection), order: .BADC, scale: 0.1, unit: "deg",
            "Where it comes from, clockwise from north"),
        .init(
            .input, 12, "AirTemperature", .i16, .number(\.sample.temperature), order: .BADC, scale: 0.01, unit: "Cel",
            "In the shade of the housing"),
        .init(
            .input, 13, "RelativeHumidity", .u16, .number(\.sample.humidity), order: .BADC, scale: 0.01, unit: "%",
            "Relative humidity"),
        .init(
            .input, 14, "AirPressure", .f32, .number(\.sample.pressure), order: .BADC, unit: "hPa",
            "At the station's height"),
        .init(
            .input, 16, "VibrationRMS", .f32, .number(\.sample.vibration), order: .DCBA, unit: "mm/s",
            "Root mean square, 10 Hz to 1 kHz; from the vibration module"),
        .init(
            .input, 18, "VibrationRaw", .i32, .derivedNumber(\.vibrationMicro), order: .DCBA, unit: "um/s",
            "The same as an integer; from the vibration module"),
    ]

    private static let deviceRows: [RegisterRow<DustSensor>] = [
        .init(.input, 20, "SampleNumber", .u32, .number(\.sample.number), order: .BADC, "Samples since switched on"),
        .init(
            .input, 22, "AirFlow", .u16, .number(\.device.flow), order: .BADC, scale: 0.1, unit: "%",
            "Of the nominal flow through the chamber"),
        .init(
            .input, 23, "SupplyVoltage", .u16, .number(\.device.supply), order: .BADC, scale: 0.01, unit: "V",
            "Supply"),
        .init(
            .input, 24, "LaserHours", .f64, .number(\.device.laserHours), order: .BADC, unit: "h",
            "Hours of the laser"),
        .init(
            .input, 40, "Firmware", .string(registers: 8), .text(\.firmware), order: .BADC,
            "Firmware, bytes swapped like the rest"),
    ]

    private static let statusBits: [RegisterRow<DustSensor>] = [
        .init(.input, 30, "DeviceStatus", .u16, .derivedNumber(\.statusWord), "The bits below in one number"),
        .init(.input, 30, "FanOn", .bit(1), .derivedFlag(\.settings.fan), "Fan switched on"),
        .init(.input, 30, "HeaterOn", .bit(2), .derivedFlag(\.settings.heater), "Inlet heater switched on"),
        .init(.input, 30, "FlowFault", .bit(3), .derivedFlag(\.flowFault), "Air flow below half"),
        .init(.input, 30, "DustAlarm", .bit(4), .derivedFlag(\.dustAlarm), "PM10 above 250 ug/m3"),
        .init(.input, 30, "VibrationAlarm", .bit(5), .derivedFlag(\.vibrationAlarm), "Vibration above 4.5 mm/s"),
        .init(.discrete, 0, "DustAlarmOutput", .bool, .derivedFlag(\.dustAlarm), "Relay of the dust alarm"),
    ]

    private static let settingRows: [RegisterRow<DustSensor>] = [
        .init(
            .holding, 0, "SamplingInterval", .u16, .number(\.settings.samplingInterval), order: .BADC, scale: 0.1,
            unit: "s", writable: 0.1...3_600, "Seconds from sample to sample"),
        .init(.holding, 1, "StationNumber", .bcd16, .derivedNumber(\.stationNumber), order: .BADC, "Set at the works"),
        .init(
            .holding, 2, "CalibrationDate", .bcd32, .derivedNumber(\.calibrationDate), order: .BADC,
            "Last calibration, YYYYMMDD"),
        .init(.coil, 0, "Fan", .bool, .flag(\.settings.fan), writable: 0...1, "Fan of the measuring chamber"),
        .init(.coil, 1, "Heater", .bool, .flag(\.settings.heater), writable: 0...1, "Inlet heater"),
    ]
}
