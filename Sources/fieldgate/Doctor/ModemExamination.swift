import FieldModel
import Link

/// The modems: whether each answers, its card, its network and signal. Where the gateway runs it is asked: an AT port
/// has one owner.
struct ModemExamination {
    let link: LinkSettings
    let running: StatusDocument?
    let make: (ModemSettings) -> any Modem

    func run() -> [Diagnosis] {
        link.modems.flatMap { modem in running.map { told(modem, $0) } ?? examine(modem) }
    }

    // MARK: By asking the modem

    private func examine(_ settings: ModemSettings) -> [Diagnosis] {
        let modem = make(settings)
        do throws(ModemFault) {
            let who = try modem.identify()
            let identity = who.identity
            let found = "\(identity.manufacturer) \(identity.model) \(identity.revision)"
            let answers = Diagnosis.good("modem \(settings.id)", "\(found), IMEI \(SIMBinding.masked(identity.imei))")
            let card = card(settings, who)
            guard card.level == .good else {
                return [answers, card, .skipped("signal \(settings.id)", "the card comes first")]
            }
            return [answers, card, signal(settings, try modem.observe())]
        } catch {
            return [
                .bad("modem \(settings.id)", error.words, error.remedy),
                .skipped("sim \(settings.id)", "the modem does not answer"),
                .skipped("signal \(settings.id)", "the modem does not answer"),
            ]
        }
    }

    private func card(_ settings: ModemSettings, _ report: ModemReport) -> Diagnosis {
        let part = "sim \(settings.id)"
        if report.sim == .ready, let mismatch = settings.binding?.mismatch(report.identity) {
            return .bad(
                part, "not the commissioned pair: \(mismatch)",
                "put the right card back, or commission this one: binding: {imei: …, iccid: …, imsi: …}")
        }
        return Self.card(part, report.sim, SIMBinding.masked(report.identity.iccid))
    }

    private static func card(_ part: String, _ state: SIMState, _ name: String) -> Diagnosis {
        switch state {
        case .ready: .good(part, "card \(name) is ready")
        case .absent: .bad(part, "no card", "push the card in until it clicks, and look whether it is the right slot")
        case .pinRequired: .bad(part, "the card wants its PIN", "write the PIN to a file and name it in pin_file")
        case .pukRequired: .bad(part, "the card is locked and wants its PUK", "unlock it in a telephone with the PUK")
        case .busy, .unknown: .warning(part, "the card is not ready yet", "wait a moment, and run the doctor again")
        }
    }

    private func signal(_ settings: ModemSettings, _ report: ModemReport) -> Diagnosis {
        let part = "signal \(settings.id)"
        let power = report.signal.rsrp.map { "RSRP \(Int($0)) dBm" } ?? "RSRP unknown"
        let radio = report.radio?.rawValue ?? "no radio"
        switch report.registration {
        case .home, .roaming:
            if let rsrp = report.signal.rsrp, rsrp < -115 {
                return .bad(part, "\(radio), \(power): too weak", "look at the antenna's cable and place")
            }
            if let rsrp = report.signal.rsrp, rsrp < -105 {
                return .warning(part, "\(radio), \(power): weak", "look at the antenna's cable and place")
            }
            return .good(part, "registered (\(report.registration.rawValue)), \(radio), \(power)")
        case .denied:
            let cause = report.reject.map { ", \($0.layer.rawValue) cause \($0.code)" } ?? ""
            return .bad(part, "the network refuses this card\(cause)", "ask the carrier; no reset will change it")
        case .idle, .searching, .unknown:
            return .bad(
                part, report.signal.rsrp == nil ? "no cell is heard" : "a cell is heard (\(power)), not registered",
                "look at the antenna; ask the carrier whether the card is active")
        }
    }

    // MARK: By asking the gateway

    /// The parts in the order in which one needs the other.
    private static let parts = ["modem", "sim", "signal"]

    private func told(_ modem: ModemSettings, _ status: StatusDocument) -> [Diagnosis] {
        let path = status.paths.first { $0["device"] == device(of: modem) }
        guard let path, let phase = path["phase"], phase != "starting" else {
            return Self.parts.map { .skipped("\($0) \(modem.id)", "the running gateway says nothing of it yet") }
        }
        let trouble = Self.troubles[phase]
        var found: [Diagnosis] = []
        for part in Self.parts {
            let name = "\(part) \(modem.id)"
            if let bad = found.last(where: { $0.level != .good }) {
                found.append(.skipped(name, "\(bad.part) comes first"))
            } else if let trouble, trouble.part == part {
                let hold = path["hold"].map { ", held: \($0)" } ?? ""
                found.append(.bad(name, "\(phase)\(hold), says the running gateway", trouble.remedy))
            } else {
                found.append(.good(name, "\(Self.words(part, phase, path)), says the running gateway"))
            }
        }
        return found
    }

    private static func words(_ part: String, _ phase: String, _ path: StatusDocument.Path) -> String {
        switch part {
        case "modem": "answers, \(phase)"
        case "sim": "the card is ready"
        default: [path["rat"], path["rsrp_dbm"].map { "RSRP \($0) dBm" }].compactMap(\.self).joined(separator: ", ")
        }
    }

    private func device(of modem: ModemSettings) -> String? { link.paths.first { $0.modem == modem.id }?.device }

    /// By phase of the link: the part that is at fault.
    private static let troubles: [String: (part: String, remedy: String)] = [
        "absent": ("modem", "look at its power and its USB cable; is the port's name right?"),
        "unresponsive": ("modem", "switch its power off and on; is another program on its port?"),
        "stalled": ("modem", "data is dead; the gateway works on it: see recovery.jsonl in the spool's folder"),
        "recovering": ("modem", "the gateway works on it: see recovery.jsonl in the spool's folder"),
        "locked": ("sim", "look whether the card is in, and at pin_file"),
        "mismatched": ("sim", "put the commissioned card back, or commission this one"),
        "no-cell": ("signal", "look at the antenna's cable and place"),
        "searching": ("signal", "look at the antenna; ask the carrier whether the card is active"),
        "denied": ("signal", "ask the carrier; no reset will change it"),
    ]
}

extension ModemFault {
    fileprivate var remedy: String {
        switch self {
        case .absent: "look at its power and its USB cable; does the port have another name? `ls -l /dev/serial/by-id`"
        case .timeout, .garbled: "switch its power off and on; is ModemManager or another program on its port?"
        case .refused, .unsupported: "is the profile the right one for this modem?"
        }
    }
}
