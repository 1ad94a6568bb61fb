// swift-tools-version:6.2
import PackageDescription

/// One strictness for every Swift target: Swift 6 mode, warnings are errors, existentials spelled `any`.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func simulator(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Simulators/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// YAML for simulators only: the product reads it with libyaml itself.
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// Whole numbers of any size, for exact fractions.
let bigInt = Target.Dependency.product(name: "BigInt", package: "BigInt")

let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "FieldGate",
    products: [
        // The console's side of remote control, to embed: itself, and the modules whose values it speaks in.
        .library(
            name: "OperatorKit",
            targets: ["OperatorKit", "ControlWire", "Signing", "FieldModel", "OperatorInput", "Measure"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
    ],
    targets: [
        // C libraries: a module map and a shim each, no policy.
        .systemLibrary(name: "CModbus", pkgConfig: "libmodbus", providers: [.apt(["libmodbus-dev"])]),
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSystem"),

        // The one C source: sockets of libraries made to our measure.
        .target(name: "CSocketChoice"),

        // Values and ports.
        module("FieldModel"),

        // Dates, time zones and billing periods, for whoever counts or rates by them.
        module("Calendars", ["FieldModel"]),

        // Domains: values and decisions. They import FieldModel, and no adapter.
        module("Telemetry", ["FieldModel"]),
        module("Control", ["FieldModel"]),
        module("Link", ["FieldModel"]),
        module("Billing", ["Calendars", "FieldModel", bigInt]),
        module("Metering", ["Calendars", "FieldModel"]),

        // The Swift face of CSystem: threads, clocks, locks, the event loop.
        module("Platform", ["Calendars", "FieldModel", "CSystem"]),

        // JSON as text, read and written; the hot path's writer.
        module("JSONText", ["FieldModel"]),

        // Ed25519 keys and hexadecimal digits: what is signed, wherever it is.
        module("Signing", [crypto]),

        // The frames of remote control, their seals, and the handshake: what gateway and console have in common.
        module("ControlWire", ["FieldModel", "JSONText", "Signing", crypto]),

        // Usage records on the wire and in the store: their text, their chain, and the look at one.
        module("UsageWire", ["FieldModel", "JSONText", "Signing", crypto]),

        // Adapters: FieldModel, Platform and at most one C library each.
        module("ModbusLink", ["FieldModel", "Platform", "CSystem", "CModbus"]),
        module(
            "MQTTLink", ["FieldModel", "Platform", "JSONText", "UsageWire", "CSystem", "CMosquitto", "CSocketChoice"]),
        module("PathProbe", ["FieldModel", "Platform", "CSystem"]),
        module("ModemLink", ["FieldModel", "Platform", "JSONText", "CSystem"]),
        module("KernelNet", ["FieldModel", "Platform", "JSONText", "CSystem"]),
        module("FlowTracking", ["FieldModel", "Platform", "CSystem"]),
        module("SQLite", ["CSQLite"]),
        module("Store", ["FieldModel", "Platform", "Signing", "UsageWire", "CSystem", "SQLite"]),
        module("DirectLink", ["FieldModel", "Platform", "CSystem"]),
        module("AuditLog", ["FieldModel", "Platform", "JSONText", "Signing", "CSystem", crypto]),
        module("Configuration", ["FieldModel", "CYAML"]),
        module("Tariffs", ["Billing", "Calendars", "Configuration", "FieldModel", "Platform", crypto]),

        // The desk's store, in SQLite or PostgreSQL.
        module("BillStore", ["FieldModel", "Signing", "UsageWire", "SQLite", "CPostgres"]),

        // The operator's side: input devices, and figures of what they cost.
        module("OperatorInput", ["FieldModel", "Platform", "CSystem"]),
        module("Measure"),
        module(
            "OperatorKit",
            [
                "FieldModel", "ControlWire", "JSONText", "MQTTLink", "Platform", "OperatorInput", "Signing", "CSystem",
                "Measure",
            ]),
        .executableTarget(
            name: "fieldgate-operator",
            dependencies: [
                "OperatorKit", "FieldModel", "ControlWire", "JSONText", "MQTTLink", "Platform", "OperatorInput",
                "Signing", "CSystem", "Measure", argumentParser,
            ], swiftSettings: strict),

        // One machine's remote control at work: what the gateway, its tests and its fuzzers all run.
        module(
            "ControlPath",
            [
                "Control", "ControlWire", "DirectLink", "FieldModel", "MQTTLink", "ModbusLink", "Platform", "Signing",
                logging,
            ]),

        // Everything joined: command line, wiring, daemon life.
        .executableTarget(
            name: "fieldgate",
            dependencies: [
                "Calendars", "FieldModel", "Telemetry", "Control", "Link", "Metering", "Platform", "JSONText",
                "ModbusLink", "MQTTLink", "Store",
                "PathProbe", "ModemLink", "KernelNet", "AuditLog", "ControlPath", "ControlWire", "DirectLink",
                "Configuration", "Signing", "UsageWire", "CSystem", argumentParser, crypto, logging,
                lifecycle, signals,
            ], swiftSettings: strict),

        // The one process with a capability: it carries out network plans.
        .executableTarget(
            name: "fieldgate-netd",
            dependencies: ["FieldModel", "FlowTracking", "KernelNet", "Platform", "CSystem", argumentParser, logging],
            swiftSettings: strict),

        // The billing desk.
        .executableTarget(
            name: "fieldbill",
            dependencies: [
                "BillStore", "Billing", "Calendars", "Tariffs", "Configuration", "FieldModel", "JSONText", "MQTTLink",
                "Platform", "Signing", "UsageWire", "CSystem", argumentParser,
            ], swiftSettings: strict),

        // Simulators: they share no code with the product but CSystem.
        simulator("SimulatorKit", ["CSystem"]),
        simulator("SimulatedMachines", ["SimulatorKit", "CSystem"]),
        simulator("SimulatedLink", ["SimulatorKit", "CSystem", yams]),
        simulator("SimulatedModem", ["SimulatorKit", "CSystem", yams]),
        .executableTarget(
            name: "fieldsim",
            dependencies: [
                "SimulatorKit", "SimulatedMachines", "SimulatedLink", "SimulatedModem", "CSystem", argumentParser,
            ],
            path: "Simulators/fieldsim", swiftSettings: strict),

        tests("SimulatorTests", ["SimulatorKit", "SimulatedMachines"]),
        tests("SimulatedLinkTests", ["FieldGateTesting", "PeerTesting", "SimulatedLink", "SimulatorKit", "fieldsim"]),
        tests(
            "SimulatedModemTests",
            ["CSystem", "FieldGateTesting", "PeerTesting", "SimulatedModem", "SimulatorKit", "fieldsim"]),

        // Clocks, doubles and the laws their originals keep too.
        .target(
            name: "FieldGateTesting", dependencies: ["FieldModel"], path: "Tests/FieldGateTesting",
            swiftSettings: strict),
        tests("FieldGateTestingTests", ["FieldGateTesting", "FieldModel"]),
        tests("CalendarsTests", ["Calendars", "FieldGateTesting", "FieldModel", "Platform"]),
        tests("FieldModelTests", ["FieldGateTesting", "FieldModel"]),
        tests("JSONTextTests", ["FieldGateTesting", "FieldModel", "JSONText"]),
        .target(
            name: "ControlModel", dependencies: ["Control", "FieldModel"], path: "Tests/ControlModel",
            swiftSettings: strict),
        .executableTarget(
            name: "ExploreControl", dependencies: ["Control", "ControlModel"], path: "Tests/Helpers/ExploreControl",
            swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
        .target(
            name: "ControlAttack",
            dependencies: [
                "Configuration", "Control", "ControlPath", "ControlWire", "DirectLink", "FieldGateTesting",
                "FieldModel", "MQTTLink", "Platform", "Signing", logging,
            ], path: "Tests/ControlAttack", swiftSettings: strict),
        tests(
            "ControlPathTests",
            [
                "Control", "ControlAttack", "ControlPath", "ControlWire", "FieldModel", "MQTTLink", "Platform",
                "DirectLink", "Signing",
            ]),
        .executableTarget(
            name: "storm", dependencies: ["ControlAttack", "CSystem"], path: "Tests/Helpers/storm",
            swiftSettings: strict),
        tests("ControlTests", ["Control", "ControlModel", "FieldGateTesting", "FieldModel"]),
        tests("ControlWireTests", ["ControlWire", "FieldGateTesting", "FieldModel", "JSONText", "Signing", crypto]),
        tests(
            "AuditLogTests", ["AuditLog", "FieldGateTesting", "FieldModel", "PeerTesting", "Platform", "Signing"]),
        tests(
            "UsageWireTests",
            ["FieldGateTesting", "FieldModel", "JSONText", "PeerTesting", "Signing", "UsageWire", crypto]),
        tests("LinkTests", ["FieldGateTesting", "FieldModel", "Link"]),
        tests("BillingTests", ["Billing", "FieldGateTesting", "FieldModel", bigInt]),
        tests("TariffsTests", ["Billing", "Calendars", "Configuration", "FieldGateTesting", "FieldModel", "Tariffs"]),
        tests("ArchitectureTests", []),
        tests("PlatformTests", ["FieldModel", "Platform"]),
        tests("ConfigurationTests", ["Configuration", "FieldModel"]),
        tests(
            "OperatorInputTests",
            ["CSystem", "FieldGateTesting", "FieldModel", "OperatorInput", "PeerTesting", "Platform"]),
        tests("MeasureTests", ["FieldGateTesting", "Measure"]),
        tests(
            "OperatorKitTests",
            [
                "CSystem", "ControlWire", "FieldGateTesting", "FieldModel", "MQTTLink", "Measure", "OperatorInput",
                "OperatorKit",
                "PeerTesting", "Platform", "Signing", "fieldgate-operator", "fieldsim",
            ]),
        tests("TelemetryTests", ["FieldGateTesting", "FieldModel", "Telemetry"]),
        tests("MeteringTests", ["Calendars", "FieldGateTesting", "FieldModel", "Metering"]),

        // Adapters against real peers.
        .target(
            name: "PeerTesting", dependencies: ["CSystem", "FieldGateTesting"], path: "Tests/PeerTesting",
            swiftSettings: strict),
        .target(name: "CPowerLog", dependencies: ["CSQLite"], path: "Tests/Helpers/CPowerLog"),
        .executableTarget(
            name: "SpoolFiller", dependencies: ["CPowerLog", "FieldModel", "Platform", "Store"],
            path: "Tests/Helpers/SpoolFiller", swiftSettings: strict),
        tests(
            "MQTTLinkTests",
            [
                "CSocketChoice", "FieldGateTesting", "FieldModel", "JSONText", "MQTTLink", "PeerTesting", "Platform",
                "UsageWire",
            ]),
        tests(
            "ModbusLinkTests",
            [
                "FieldGateTesting", "FieldModel", "ModbusLink", "PeerTesting", "Platform", "SimulatedMachines",
                "SimulatorKit",
            ]),
        tests(
            "ModemLinkTests",
            [
                "Configuration", "FieldGateTesting", "FieldModel", "JSONText", "ModemLink", "PeerTesting", "Platform",
                "CSystem", "fieldsim",
            ]),
        tests(
            "PathProbeTests", ["FieldGateTesting", "FieldModel", "PathProbe", "PeerTesting", "Platform", "fieldgate"]),
        .target(
            name: "BillTesting",
            dependencies: ["FieldGateTesting", "FieldModel", "PeerTesting", "Signing", "UsageWire"],
            path: "Tests/BillTesting", swiftSettings: strict),
        tests(
            "BillStoreTests",
            ["BillStore", "BillTesting", "FieldGateTesting", "FieldModel", "PeerTesting", "Signing", "UsageWire"]),
        tests(
            "FieldbillTests",
            [
                "BillStore", "BillTesting", "FieldGateTesting", "FieldModel", "JSONText", "MQTTLink", "PeerTesting",
                "Platform", "Signing", "UsageWire", "fieldbill",
            ]),
        .executableTarget(
            name: "UsageFiller", dependencies: ["FieldModel", "Platform", "Store"], path: "Tests/Helpers/UsageFiller",
            swiftSettings: strict),
        tests(
            "StoreTests",
            [
                "FieldGateTesting", "FieldModel", "PeerTesting", "Platform", "Signing", "SpoolFiller", "SQLite",
                "Store",
                "UsageFiller", "UsageWire",
            ]),

        tests(
            "KernelNetTests",
            [
                "fieldgate-netd", "CSystem", "FieldGateTesting", "FieldModel", "JSONText", "KernelNet", "PeerTesting",
                "Platform",
            ]),

        tests(
            "UsageLedgerTests",
            [
                "FieldGateTesting", "FieldModel", "PeerTesting", "Platform", "Signing", "Store", "UsageWire",
                "fieldgate",
            ]),
        .executableTarget(
            name: "MeterBench", dependencies: ["FieldModel", "KernelNet", "Platform", "CSystem"],
            path: "Tests/Helpers/MeterBench", swiftSettings: strict),
        tests(
            "KernelMeterTests",
            [
                "fieldgate-netd", "CSystem", "FieldGateTesting", "FieldModel", "FlowTracking", "JSONText", "KernelNet",
                "PeerTesting", "Platform",
            ]),

        // Real processes: the executables are started, not imported.
        tests(
            "ScenarioTests",
            [
                "fieldgate", "fieldgate-netd", "fieldgate-operator", "fieldsim", "fieldbill", "BillTesting", "CSystem",
                "PeerTesting",
            ]),
    ]
)

// Fuzzing wants every module built with the sanitizers, so it is asked for: see Scripts/fuzz.
if Context.environment["FIELDGATE_FUZZ"] == "1" {
    func fuzz(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
        .executableTarget(
            name: name, dependencies: dependencies + ["FuzzDriver"], path: "Tests/Fuzz/\(name)", swiftSettings: strict)
    }
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .target(
            name: "FuzzDriver", dependencies: ["CFuzzer", "CSystem"], path: "Tests/Fuzz/FuzzDriver",
            swiftSettings: strict),
        fuzz("FuzzControlMessages", ["Control", "ControlAttack", "ControlPath", "FieldModel"]),
        fuzz("FuzzConfiguration", ["Configuration"]),
        fuzz("FuzzCommands", ["FieldModel", "JSONText", "MQTTLink"]),
        fuzz("FuzzRows", ["FieldModel", "JSONText", "MQTTLink"]),
        fuzz("FuzzUsageRecords", ["UsageWire"]),
        fuzz("FuzzModemReplies", ["Configuration", "FieldModel", "ModemLink"]),
        fuzz("FuzzTariffs", ["Billing", "Calendars", "Configuration", "FieldModel", "Tariffs"]),
        fuzz("FuzzReplies", ["FieldModel", "ModbusLink"]),
    ]
}
