extension WheelLoader {
    /// Degrees of the site: a pit near 41° N; the way from pile to truck leads north-east.
    var latitude: Double { 41.123_456 + (cycle.position * 0.7071 + pose.y) / 111_132 }
    var longitude: Double { 80.234_567 + (cycle.position * 0.7071 + pose.x) / 83_900 }
    var engineStatus: Double { engine.running ? 1 : 0 }
    var gear: Double { cycle.speed == 0 ? 0 : cycle.speed < 0 ? -1 : cycle.speed > 7 ? 2 : 1 }
    var workPhase: Double { Double(cycle.phase.rawValue) }
    var keyOn: Bool { isRemote || (cycle.phase != .parked && cycle.phase != .refuel) }
    var parkingBrake: Bool {
        if isRemote { return remote.brakeApplied }
        return [.parked, .refuel].contains(cycle.phase) || (cycle.phase == .idle && cycle.speed == 0)
    }
    var seatOccupied: Bool { !isRemote && cycle.phase != .refuel }
    var coolantAlarm: Bool { engine.coolant > 105 }
    var oilAlarm: Bool { attachment.oil > 95 }
    var fuelAlarm: Bool { engine.fuelRemaining < 10 }
    var faultActive: Bool { faults.active != 0 }
    var work: Int64 { Int64(totals.work) }
    var modelYear: Double { 2025 }
    var serviceDate: Double { 20_260_105 }
    var ratedPayload: Double { 5 }

    var statusWord: Double {
        let bits = [keyOn, parkingBrake, seatOccupied, engine.running, coolantAlarm, oilAlarm, fuelAlarm, faultActive]
        return bits.reversed().reduce(0) { 2 * $0 + ($1 ? 1 : 0) }
    }

    package static let registers: [RegisterRow<WheelLoader>] =
        state + statusBits + counters + telematics + settings + remoteRegisters

    private static let state: [RegisterRow<WheelLoader>] = [
        .init(.input, 0, "EngineStatus", .u16, .derivedNumber(\.engineStatus), "0 stopped, 1 running"),
        .init(.input, 1, "EngineSpeed", .u16, .number(\.engine.speed), scale: 0.125, unit: "rpm", "Engine speed"),
        .init(
            .input, 2, "EngineCoolantTemperature", .u16, .number(\.engine.coolant), scale: 0.03125, offset: -273,
            unit: "Cel", "Engine coolant temperature"),
        .init(
            .input, 3, "HydraulicOilTemperature", .u16, .number(\.attachment.oil), scale: 0.03125, offset: -273,
            unit: "Cel", "Hydraulic oil temperature"),
        .init(.input, 4, "HydraulicPressure", .u16, .number(\.attachment.pressure), unit: "kPa", "Pump pressure"),
        .init(
            .input, 5, "FuelRemaining", .u16, .number(\.engine.fuelRemaining), scale: 0.1, unit: "%",
            "Fuel in the tank of 300 l"),
        .init(
            .input, 6, "MachineSpeed", .i16, .number(\.cycle.speed), scale: 0.01, unit: "km/h",
            "Ground speed, negative backwards"),
        .init(.input, 7, "Gear", .i16, .derivedNumber(\.gear), "-1 reverse, 0 neutral, 1 and 2 forward"),
        .init(
            .input, 8, "BoomAngle", .i16, .number(\.attachment.boom), scale: 0.1, unit: "deg",
            "Boom above horizontal"),
        .init(
            .input, 9, "BucketAngle", .i16, .number(\.attachment.bucket), scale: 0.1, unit: "deg",
            "Bucket, positive when curled back"),
        .init(
            .input, 10, "WorkPhase", .u16, .derivedNumber(\.workPhase),
            "0 parked, 1 idle, 2 drive to pile, 3 dig, 4 haul, 5 dump, 6 back, 7 refuel"),
    ]

    private static let statusBits: [RegisterRow<WheelLoader>] = [
        .init(.input, 11, "StatusWord", .u16, .derivedNumber(\.statusWord), "The bits below in one number"),
        .init(.input, 11, "KeyOn", .bit(0), .derivedFlag(\.keyOn), "Key switch on"),
        .init(.input, 11, "ParkingBrake", .bit(1), .derivedFlag(\.parkingBrake), "Parking brake applied"),
        .init(.input, 11, "SeatOccupied", .bit(2), .derivedFlag(\.seatOccupied), "Someone sits on the seat"),
        .init(.input, 11, "EngineRunning", .bit(3), .flag(\.engine.running), "Engine runs"),
        .init(.input, 11, "CoolantAlarm", .bit(4), .derivedFlag(\.coolantAlarm), "Coolant above 105 Cel"),
        .init(.input, 11, "HydraulicOilAlarm", .bit(5), .derivedFlag(\.oilAlarm), "Hydraulic oil above 95 Cel"),
        .init(.input, 11, "FuelLowAlarm", .bit(6), .derivedFlag(\.fuelAlarm), "Fuel below 10 %"),
        .init(.input, 11, "FaultActive", .bit(7), .derivedFlag(\.faultActive), "FaultCode is not 0"),
        .init(.discrete, 0, "KeyOnInput", .bool, .derivedFlag(\.keyOn), "Key switch, wired"),
        .init(.discrete, 1, "ParkingBrakeInput", .bool, .derivedFlag(\.parkingBrake), "Parking brake switch, wired"),
        .init(.discrete, 2, "SeatOccupiedInput", .bool, .derivedFlag(\.seatOccupied), "Seat switch, wired"),
    ]

    private static let counters: [RegisterRow<WheelLoader>] = [
        .init(
            .input, 12, "FaultCode", .u32, .number(\.faults.active),
            "SAE J1939 suspect parameter number × 32 + failure mode, 0 none"),
        .init(.input, 14, "FaultCount", .u16, .number(\.faults.count), "Faults raised so far"),
        .init(
            .input, 15, "Payload", .u16, .number(\.attachment.payload), scale: 0.01, unit: "t",
            "Load in the bucket"),
        .init(
            .input, 16, "CumulativeOperatingHours", .u32, .number(\.totals.operatingHours), scale: 0.05, unit: "h",
            "Hours with the engine running"),
        .init(
            .input, 18, "CumulativeIdleHours", .u32, .number(\.totals.idleHours), scale: 0.05, unit: "h",
            "Hours with the engine running and no work done"),
        .init(.input, 20, "CumulativeLoadCount", .u32, .number(\.totals.loadCount), "Work cycles finished"),
        .init(
            .input, 22, "CumulativePayloadTotals", .u32, .number(\.totals.payload), scale: 0.001, unit: "t",
            "Sum of all payloads"),
        .init(.input, 24, "FuelUsed", .u32, .number(\.totals.fuelUsed), scale: 0.5, unit: "L", "Fuel used"),
        .init(.input, 26, "Distance", .u32, .number(\.totals.distance), scale: 0.125, unit: "km", "Way driven"),
    ]

    private static let telematics: [RegisterRow<WheelLoader>] = [
        .init(
            .input, 40, "Latitude", .f64, .derivedNumber(\.latitude), order: .CDAB, unit: "deg",
            "WGS 84, north positive; from the positioning module"),
        .init(
            .input, 44, "Longitude", .f64, .derivedNumber(\.longitude), order: .CDAB, unit: "deg",
            "WGS 84, east positive; from the positioning module"),
        .init(
            .input, 48, "MachineTime", .i64, .integer(\.clock), order: .CDAB, unit: "ms",
            "Since 1970-01-01T00:00:00Z by the machine's clock"),
        .init(.input, 52, "HydraulicWork", .u64, .integer(\.work), unit: "J", "Hydraulic work done since start"),
        .init(.input, 56, "EngineLoad", .f32, .number(\.engine.load), unit: "%", "Share of full load"),
        .init(.input, 58, "BatteryVoltage", .u16, .number(\.engine.battery), scale: 0.05, unit: "V", "Starter battery"),
        .init(.input, 60, "SerialNumber", .string(registers: 8), .text(\.serialNumber), "Serial number"),
    ]

    private static let settings: [RegisterRow<WheelLoader>] = [
        .init(
            .holding, 0, "BucketSpeedLimit", .u16, .number(\.operatorSettings.bucketSpeedLimit), unit: "%",
            writable: 0...100, "Limit of boom and bucket speed; 0 stops both"),
        .init(
            .holding, 1, "EngineSpeedLimit", .u16, .number(\.operatorSettings.engineSpeedLimit), unit: "rpm",
            writable: 800...2_200, "Limit of the engine speed"),
        .init(
            .holding, 2, "TargetPayload", .u16, .number(\.operatorSettings.targetPayload), scale: 0.01, unit: "t",
            writable: 1...6, "Payload the operator aims at"),
        .init(.holding, 10, "ModelYear", .bcd16, .derivedNumber(\.modelYear), "Year of make"),
        .init(.holding, 11, "ServiceDate", .bcd32, .derivedNumber(\.serviceDate), "Last service, YYYYMMDD"),
        .init(
            .holding, 13, "RatedPayload", .f32, .derivedNumber(\.ratedPayload), unit: "t", "Rated payload"),
        .init(
            .coil, 0, "WorkLight", .bool, .flag(\.operatorSettings.workLight), writable: 0...1, "Work lights on"),
        .init(.coil, 1, "Horn", .bool, .flag(\.operatorSettings.horn), writable: 0...1, "Horn sounds"),
        .init(
            .coil, 2, "Beacon", .bool, .flag(\.operatorSettings.beacon), writable: 0...1, "Warning beacon turns"),
    ]
}
