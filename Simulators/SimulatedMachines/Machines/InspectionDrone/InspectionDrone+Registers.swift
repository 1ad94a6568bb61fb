import SimulatorKit

extension InspectionDrone {
    /// Degrees of the docking station.
    static let home = (latitude: 31.246_810, longitude: 121.498_765)
    /// Metres of the docking station above the sea.
    static let homeAltitude = 6.5

    var latitude: Double { Self.home.latitude + motion.place.north / 111_132 }
    var longitude: Double { Self.home.longitude + motion.place.east / 95_200 }
    var homeLatitude: Double { Self.home.latitude }
    var homeLongitude: Double { Self.home.longitude }
    var altitude: Double { Self.homeAltitude + motion.height }
    var phaseNumber: Double { Double(flight.phase.rawValue) }
    var armed: Bool { flight.phase == .arming || flight.phase.isAirborne }
    var airborne: Bool { flight.phase.isAirborne }
    var charging: Bool { flight.phase == .charging }
    var batteryLow: Bool { battery.charge < Self.reserve }
    /// V of six cells: 3.5 V empty to 4.2 V full, 25 mΩ together.
    var voltage: Double { 21 + 4.2 * battery.charge / 100 - 0.025 * battery.current }
    var progress: Double { 100 * Double(flight.inspected) / Double(route.count) }
    /// Day and number of the job: YYMMDDNN.
    var jobNumber: Double { 26_010_500 + flight.job.truncatingRemainder(dividingBy: 100) }
    var upTime: Int64 { counters.upTime }
    var distance: Int64 { Int64(counters.distance) }
    var cell1: Double { battery.cells.mean + battery.cells.gradient }
    var cell2: Double { battery.cells.mean + battery.cells.gradient * 0.8 }
    var cell3: Double { battery.cells.mean + battery.cells.gradient * 0.6 }
    var cell4: Double { battery.cells.mean + battery.cells.gradient * 0.4 }
    var cell5: Double { battery.cells.mean + battery.cells.gradient * 0.2 }
    var cell6: Double { battery.cells.mean }

    package static let registers: [RegisterRow<InspectionDrone>] =
        power + cells + navigation + surroundings + counterRows + bits + settings

    private static let power: [RegisterRow<InspectionDrone>] = [
        .init(
            .input, 0, "FlightState", .u16, .derivedNumber(\.phaseNumber),
            "0 parked, 1 arming, 2 take-off, 3 transit, 4 inspect, 5 return, 6 landing, 7 charging"),
        .init(
            .input, 1, "BatteryCharge", .u16, .number(\.battery.charge), scale: 0.1, unit: "%",
            "State of charge"),
        .init(.input, 2, "BatteryVoltage", .u16, .derivedNumber(\.voltage), scale: 0.01, unit: "V", "Six cells"),
        .init(
            .input, 3, "BatteryCurrent", .i16, .number(\.battery.current), scale: 0.01, unit: "A",
            "Negative while charging"),
    ]

    private static let cells: [RegisterRow<InspectionDrone>] = zip(
        1...6, [\.cell1, \.cell2, \.cell3, \.cell4, \.cell5, \.cell6] as [any RegisterRow<Self>.ReadPath<Double>]
    ).map { number, path in
        .init(
            .input, 3 + number, "CellTemperature\(number)", .i16, .derivedNumber(path), scale: 0.1, unit: "Cel",
            "Temperature of cell \(number)")
    }

    private static let navigation: [RegisterRow<InspectionDrone>] = [
        .init(
            .input, 20, "Latitude", .i32, .derivedNumber(\.latitude), order: .CDAB, scale: 1e-7, unit: "deg",
            "WGS 84, north positive"),
        .init(
            .input, 22, "Longitude", .i32, .derivedNumber(\.longitude), order: .CDAB, scale: 1e-7, unit: "deg",
            "WGS 84, east positive"),
        .init(
            .input, 24, "Altitude", .i32, .derivedNumber(\.altitude), order: .CDAB, scale: 0.001, unit: "m",
            "Above mean sea level"),
        .init(
            .input, 26, "Height", .f32, .number(\.motion.height), order: .CDAB, unit: "m",
            "Above the docking station"),
        .init(.input, 28, "Roll", .f32, .number(\.motion.roll), order: .CDAB, unit: "deg", "Right side down positive"),
        .init(.input, 30, "Pitch", .f32, .number(\.motion.pitch), order: .CDAB, unit: "deg", "Nose up positive"),
        .init(
            .input, 32, "Yaw", .f32, .number(\.motion.yaw), order: .CDAB, unit: "deg", "Clockwise from north"),
        .init(
            .input, 34, "GroundSpeed", .u16, .number(\.motion.speed), scale: 0.01, unit: "m/s",
            "Speed over ground"),
        .init(
            .input, 35, "VerticalSpeed", .i16, .number(\.motion.climb), scale: 0.01, unit: "m/s",
            "Positive upwards"),
    ]

    private static let surroundings: [RegisterRow<InspectionDrone>] = [
        .init(.input, 36, "WindSpeed", .u16, .number(\.wind.speed.value), scale: 0.01, unit: "m/s", "Estimated"),
        .init(
            .input, 37, "WindDirection", .u16, .number(\.wind.direction.value), scale: 0.1, unit: "deg",
            "Where it comes from, clockwise from north"),
        .init(
            .input, 38, "GNSSFix", .u16, .number(\.radio.fix),
            "0 none, 3 three-dimensional, 4 differential, 6 carrier phase fixed"),
        .init(.input, 39, "SatellitesUsed", .u16, .number(\.radio.satellites), "Satellites in the solution"),
        .init(
            .input, 40, "LinkStrength", .i16, .number(\.radio.strength), unit: "dBm",
            "Received power of the pilot's radio"),
        .init(
            .input, 41, "JobProgress", .u16, .derivedNumber(\.progress), scale: 0.01, unit: "%",
            "Things looked at of those in the job"),
    ]

    private static let counterRows: [RegisterRow<InspectionDrone>] = [
        .init(
            .input, 42, "FlightCount", .u32, .number(\.counters.flights), order: .CDAB, "Flights begun"),
        .init(
            .input, 44, "FlightTime", .u32, .number(\.counters.airTime), order: .CDAB, unit: "s", "Time in the air"),
        .init(
            .input, 46, "FlightDistance", .u64, .integer(\.distance), order: .DCBA, unit: "m",
            "Way flown; from the flight recorder"),
        .init(
            .input, 50, "UpTime", .i64, .integer(\.upTime), order: .DCBA, unit: "ms",
            "Since switched on; from the flight recorder"),
        .init(
            .input, 54, "JobNumber", .bcd32, .derivedNumber(\.jobNumber), order: .CDAB,
            "Day and number of the job, YYMMDDNN"),
        .init(.input, 60, "SerialNumber", .string(registers: 8), .text(\.serialNumber), "Serial number"),
    ]

    private static let bits: [RegisterRow<InspectionDrone>] = [
        .init(.discrete, 0, "Armed", .bool, .derivedFlag(\.armed), "Motors may turn"),
        .init(.discrete, 1, "Airborne", .bool, .derivedFlag(\.airborne), "In the air"),
        .init(.discrete, 2, "Charging", .bool, .derivedFlag(\.charging), "On the charger"),
        .init(.discrete, 3, "BatteryLow", .bool, .derivedFlag(\.batteryLow), "Charge below 25 %"),
    ]

    private static let settings: [RegisterRow<InspectionDrone>] = [
        .init(
            .coil, 0, "ReturnToHome", .bool, .flag(\.pilotSettings.returnToHome), writable: 0...1,
            "Fly home and land; cleared by landing; keeps a parked drone on the ground"),
        .init(
            .coil, 1, "NavigationLights", .bool, .flag(\.pilotSettings.navigationLights), writable: 0...1,
            "Position lights on"),
        .init(
            .holding, 0, "AltitudeCeiling", .u16, .number(\.pilotSettings.altitudeCeiling), scale: 0.1, unit: "m",
            writable: 10...120, "Greatest height above the docking station"),
        .init(
            .holding, 1, "CruiseSpeed", .f32, .number(\.pilotSettings.cruiseSpeed), order: .CDAB, unit: "m/s",
            writable: 1...18, "Speed on the way"),
        .init(
            .holding, 10, "HomeLatitude", .f64, .derivedNumber(\.homeLatitude), order: .DCBA, unit: "deg",
            "WGS 84, of the docking station; from the flight recorder"),
        .init(
            .holding, 14, "HomeLongitude", .f64, .derivedNumber(\.homeLongitude), order: .DCBA, unit: "deg",
            "WGS 84, of the docking station; from the flight recorder"),
    ]
}
