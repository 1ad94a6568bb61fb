/// Who may import whom: FieldModel ← domains and adapters ← executables.
struct ImportGraph {
    /// The allowed imports of each module.
    let allowed: [String: Set<String>]

    static let fieldGate = ImportGraph(allowed: [
        // Values and ports.
        "FieldModel": [],
        // Dates, time zones and periods: values as well.
        "Calendars": ["FieldModel"],
        // Domains.
        "Telemetry": ["FieldModel"],
        "Control": ["FieldModel"],
        "Link": ["FieldModel"],
        "Billing": ["Calendars", "FieldModel", "BigInt"],
        "Metering": ["Calendars", "FieldModel"],
        // Foundations of the adapters.
        "Platform": ["Calendars", "FieldModel", "CSystem", "Synchronization"],
        "JSONText": ["FieldModel"],
        "Signing": ["Crypto"],
        "ControlWire": ["FieldModel", "JSONText", "Signing", "Crypto"],
        "UsageWire": ["FieldModel", "JSONText", "Signing", "Crypto"],
        // Adapters: CSystem and at most one other C module each.
        "ModbusLink": ["FieldModel", "Platform", "JSONText", "CSystem", "CModbus"],
        "MQTTLink": ["FieldModel", "Platform", "JSONText", "UsageWire", "CSystem", "CMosquitto", "CSocketChoice"],
        "KernelNet": ["FieldModel", "Platform", "JSONText", "CSystem"],
        "FlowTracking": ["FieldModel", "Platform", "CSystem"],
        "PathProbe": ["FieldModel", "Platform", "CSystem"],
        "ModemLink": ["FieldModel", "Platform", "JSONText", "CSystem"],
        "SQLite": ["CSQLite"],
        "Store": ["FieldModel", "Platform", "JSONText", "Signing", "UsageWire", "CSystem", "SQLite"],
        "BillStore": ["FieldModel", "Signing", "UsageWire", "SQLite", "CPostgres"],
        "DirectLink": ["FieldModel", "Platform", "CSystem"],
        "AuditLog": ["FieldModel", "Platform", "JSONText", "Signing", "CSystem", "Crypto"],
        "Configuration": ["FieldModel", "CYAML"],
        // Plans are read with the composer of sites, into values of their domain.
        "Tariffs": ["Billing", "Calendars", "Configuration", "FieldModel", "Platform", "Crypto"],
        // The operator's side.
        "OperatorInput": ["FieldModel", "Platform", "CSystem"],
        "Measure": [],
        "OperatorKit": [
            "FieldModel", "ControlWire", "JSONText", "MQTTLink", "Platform", "OperatorInput", "Signing", "CSystem",
            "Measure",
        ],
        "fieldgate-operator": [
            "OperatorKit", "FieldModel", "ControlWire", "JSONText", "MQTTLink", "Platform", "OperatorInput", "CSystem",
            "Signing", "Measure", "ArgumentParser",
        ],
        // The privileged side of the network.
        "fieldgate-netd": [
            "FieldModel", "FlowTracking", "KernelNet", "Platform", "CSystem", "ArgumentParser", "Logging",
        ],
        // One machine's remote control, assembled: the executable runs it, and so do its tests.
        "ControlPath": [
            "Control", "ControlWire", "DirectLink", "FieldModel", "MQTTLink", "ModbusLink", "Platform", "Signing",
            "Logging",
        ],
        // The executable joins them.
        "fieldgate": [
            "Calendars", "FieldModel", "Telemetry", "Control", "Link", "Metering", "Platform", "JSONText",
            "ModbusLink", "MQTTLink", "Store",
            "PathProbe", "ModemLink", "KernelNet", "AuditLog", "ControlPath", "ControlWire", "DirectLink",
            "Configuration", "Signing", "UsageWire", "CSystem",
            "ArgumentParser", "Crypto", "Logging",
            "ServiceLifecycle", "UnixSignals",
        ],
        // The billing desk joins its own.
        "fieldbill": [
            "BillStore", "Billing", "Calendars", "Tariffs", "Configuration", "FieldModel", "JSONText", "MQTTLink",
            "Platform",
            "Signing", "UsageWire", "CSystem", "ArgumentParser",
        ],
        // Simulators share nothing with the product but CSystem.
        "SimulatorKit": ["CSystem", "Glibc"],
        "SimulatedMachines": ["SimulatorKit", "CSystem", "Glibc", "Synchronization"],
        "SimulatedLink": ["SimulatorKit", "CSystem", "Glibc", "Yams"],
        "SimulatedModem": ["SimulatorKit", "CSystem", "Glibc", "Yams"],
        "fieldsim": [
            "SimulatorKit", "SimulatedMachines", "SimulatedLink", "SimulatedModem", "CSystem", "Glibc",
            "ArgumentParser",
        ],
    ])

    /// The imports of `source` that its module is not allowed, in order.
    func violations(in source: String, file: String, module: String) -> [Violation] {
        ImportScanner.imports(in: source).compactMap { found in
            let allowed = allowed[module] ?? []
            guard !allowed.contains(found.module) else { return nil }
            return Violation(file: file, line: found.line, module: module, imported: found.module, allowed: allowed)
        }
    }

    struct Violation: Hashable, CustomStringConvertible {
        var file: String
        var line: Int
        var module: String
        var imported: String
        var allowed: Set<String>

        var description: String {
            let names = allowed.isEmpty ? "nothing" : allowed.sorted().joined(separator: ", ")
            return "\(file):\(line): \(module) imports \(imported); it may import \(names)"
        }
    }
}
