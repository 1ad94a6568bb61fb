import FieldGateTesting
import FieldModel
import Foundation
import KernelNet
import PeerTesting
import Testing

@Suite("A kernel that lacks something")
struct PoorKernelTests {
    /// Tools of a kernel without the given parts; the rest succeeds and has nothing to show.
    private struct PoorTools: NetworkTools {
        let refused: [String]

        func run(_ tool: String, _ arguments: [String], input: String) throws(ToolFault) -> String {
            let words = ([tool] + arguments).joined(separator: " ") + input
            if let part = refused.first(where: { words.contains($0) }) {
                throw ToolFault("\(tool): \(part): Operation not supported")
            }
            // Interfaces are there, with an address.
            if arguments.contains("link") { return #"[{"ifname":"wwan0"}]"# }
            if arguments.contains("addr") {
                return #"[{"addr_info":[{"scope":"global","local":"10.64.0.2","prefixlen":30}]}]"#
            }
            return tool == "nft" ? "" : "[]"
        }
    }

    private static let plan = NetworkPlan(
        paths: [.init(id: "a", device: "wwan0", gateway: nil, table: 101, rate: .megabits(18))],
        cameras: [.init(id: "c", address: "192.168.50.10", limit: .megabits(2))], cameraDevice: "lan0", bulkPath: "a")

    private static func missing(without parts: [String]) throws -> [String] {
        let folder = try TemporaryFolder()
        let tracking = folder.path("proc/net/netfilter")
        try FileManager.default.createDirectory(atPath: tracking, withIntermediateDirectories: true)
        for (name, value) in [
            ("acct", 1), ("events", 1), ("timestamp", 1), ("count", 0), ("max", 65_536), ("buckets", 65_536),
        ] { try folder.write("\(value)\n", to: "proc/net/netfilter/nf_conntrack_\(name)") }
        let network = KernelNetwork(
            check: PlanCheck(devices: ["wwan*", "lan0"], usb: []), tools: PoorTools(refused: parts),
            stateFile: folder.path("state"), proc: folder.path("proc/"))
        guard case .done(let state) = network.handle(.apply(plan)) else { return ["refused"] }
        return state.missing
    }

    @Test("Without HTB the plan goes on, and it is said what does not work")
    func noClasses() throws {
        let missing = try Self.missing(without: ["htb"])
        #expect(missing.count == 1)
        #expect(missing.first?.contains("path a is not shaped and bulk delays control (needs HTB") == true)
    }

    @Test("Without nftables the plan goes on, and it is said what does not work")
    func noRules() throws {
        let missing = try Self.missing(without: ["nft"])
        #expect(missing.count == 2)
        #expect(missing.first?.contains("probes are not counted, and traffic of no connection has no name") == true)
        #expect(missing.last?.contains("traffic has no classes and cameras are not forwarded") == true)
    }

    @Test("The check names what is missing, what that costs, and the remedy")
    func check() {
        let findings = KernelCheck(tools: PoorTools(refused: ["htb", "nft"])).run()
        for name in ["HTB", "nftables"] {
            let finding = findings.first { $0.name == name }
            #expect(finding?.verdict == .missing)
            #expect(finding?.detail.contains("without it") == true && finding?.detail.contains("modprobe") == true)
        }
        #expect(findings.first { $0.name == "policy routing" }?.verdict == .works)
    }
}
