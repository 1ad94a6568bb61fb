import ControlWire
import FieldModel
import Signing

/// Remote control: its papers, and how each machine stands.
struct RemoteControlExamination {
    let site: SiteSettings
    let running: StatusDocument?

    func run() -> [Diagnosis] {
        guard let settings = site.control else { return [] }
        return [papers(settings)] + settings.devices.map { machine($0.device) }
    }

    private func papers(_ settings: ControlSettings) -> Diagnosis {
        let part = "remote control"
        do throws(StartFault) {
            let papers = try ControlPapers(settings, site: site)
            let people = papers.roster.operators.map { "\($0.id) (\($0.role.rawValue))" }.joined(separator: ", ")
            let finding =
                "on the roster: \(people.isEmpty ? "nobody" : people); public key \(papers.key.verifying.text)"
            guard !people.isEmpty else {
                return .warning(part, finding, "make a roster with `fieldgate-operator roster make`, and restart")
            }
            return .good(part, finding)
        } catch {
            return .bad(part, error.text, "see Docs/control.md, step by step")
        }
    }

    private func machine(_ id: String) -> Diagnosis {
        let part = "remote control of \(id)"
        guard let control = running?.devices.first(where: { $0.id == id })?.control else {
            return .skipped(part, "the gateway does not run")
        }
        if control.phase == SessionPhase.locked.name {
            return .bad(
                part, control.text,
                "find the cause in the audit trail; then `fieldgate-operator unlock` by a supervisor, or the local key")
        }
        if control.watchdogFault != nil {
            return .bad(part, control.text, "set the machine's watchdog as the profile's `watchdog` asks")
        }
        return .good(part, control.text)
    }
}
