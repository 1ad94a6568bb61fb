import Foundation
import Testing

@Suite("The architecture")
struct ArchitectureTests {
    private static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private struct SourceFile {
        var path: String
        var module: String
        var text: String
    }

    /// Every Swift file below `Sources` and `Simulators`; its module is the folder next below.
    private static func sources() throws -> [SourceFile] {
        try ["Sources", "Simulators"].flatMap { root in
            let folder = repository.appending(path: root)
            let names = FileManager.default.enumerator(atPath: folder.path(percentEncoded: false))?.allObjects ?? []
            return try names.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted().map { name in
                SourceFile(
                    path: "\(root)/\(name)", module: String(name.prefix { $0 != "/" }),
                    text: try String(contentsOf: folder.appending(path: name), encoding: .utf8))
            }
        }
    }

    @Test("Every import is one that the graph allows")
    func imports() throws {
        let sources = try Self.sources()
        #expect(sources.count > 100)
        for source in sources {
            let found = ImportGraph.fieldGate.violations(in: source.text, file: source.path, module: source.module)
            for violation in found { Issue.record("\(violation)") }
        }
    }

    @Test("Every module has its row in the graph, and every row its module")
    func rows() throws {
        #expect(Set(try Self.sources().map(\.module)) == Set(ImportGraph.fieldGate.allowed.keys))
    }

    @Test("The graph keeps its own rules")
    func rules() {
        let graph = ImportGraph.fieldGate.allowed
        let adapters: Set<String> = [
            "ModbusLink", "MQTTLink", "PathProbe", "ModemLink", "KernelNet", "Store", "Configuration",
            "AuditLog", "DirectLink", "BillStore",
        ]
        let domains: Set<String> = ["Telemetry", "Control", "Link", "Billing"]
        for (module, allowed) in graph {
            #expect(!allowed.contains("Foundation") && !allowed.contains("FoundationEssentials"))
            // Executables join the others; some libraries are joined already, for whoever embeds, tests or shares them.
            let isAssembled =
                module.hasPrefix("fieldgate") || module == "fieldbill" || ["ControlPath", "OperatorKit", "Tariffs"].contains(module)
            if !isAssembled { #expect(allowed.isDisjoint(with: adapters.union(domains))) }
            if adapters.contains(module) {
                let foreign = allowed.filter { graph[$0] == nil && !["CSystem", "CSocketChoice"].contains($0) }
                #expect(foreign.count <= 1, "\(module) would know more than one C library: \(foreign)")
            }
        }
    }

    @Test("The checker catches a planted violation, and its message says what is allowed instead")
    func planted() {
        let planted = "/// A bus.\nimport FieldModel\n\nimport Foundation\nstruct Planted {}\n"
        let found = ImportGraph.fieldGate.violations(
            in: planted, file: "Sources/Control/Planted.swift", module: "Control")
        #expect(
            found.map(\.description) == [
                "Sources/Control/Planted.swift:4: Control imports Foundation; it may import FieldModel"
            ])
        let lower = ImportGraph.fieldGate.violations(in: "import Store", file: "a.swift", module: "FieldModel")
        #expect(lower.map(\.description) == ["a.swift:1: FieldModel imports Store; it may import nothing"])
        let stranger = ImportGraph.fieldGate.violations(in: "import FieldModel", file: "a.swift", module: "Stranger")
        #expect(stranger.count == 1)
    }
}
