import FieldModel
import KernelNet

/// Whether this kernel counts traffic as exactly as it is billed. Looked at, not changed: `fieldgate-netd` sets what it
/// needs when the plan is applied.
struct CountingExamination {
    let link: LinkSettings
    let isMultipath: Bool
    let tools: any NetworkTools

    /// Empty for a site without `fieldgate-netd`: nobody counts connections there.
    func run() -> [Diagnosis] {
        guard link.helperSocket != nil else { return [] }
        let plan = NetworkPlan(link, isMultipath: isMultipath)
        let doubts = CountingGate(tools: tools).findings(plan).filter(\.isDoubt)
        guard !doubts.isEmpty else { return [.good("counting", "connections, interfaces and classes are exact")] }
        let parts = doubts.map(Self.split)
        let (finding, remedy) = (
            parts.map(\.finding).joined(separator: "; "), parts.map(\.remedy).joined(separator: "; ")
        )
        let isBad = doubts.contains { $0.verdict == .missing }
        return [isBad ? .bad("counting", finding, remedy) : .warning("counting", finding, remedy)]
    }

    /// A detail ends with its remedy.
    private static func split(_ finding: CountingGate.Finding) -> (finding: String, remedy: String) {
        let parts = finding.detail.split(separator: "; ")
        guard parts.count > 1, let last = parts.last else { return (finding.detail, "fieldgate net apply") }
        return (parts.dropLast().joined(separator: "; "), String(last))
    }
}
