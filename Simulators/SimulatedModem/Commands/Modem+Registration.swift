/// Registration reports, operators, reject causes.
extension Modem {
    static let registrationCommands: [String: Handler] = [
        "+CREG": { modem, command in modem.report(.circuit, command) },
        "+CGREG": { modem, command in modem.report(.packet, command) },
        "+CEREG": { modem, command in modem.report(.evolved, command) },
        "+C5GREG": { modem, command in modem.report(.fiveG, command) },
        "+COPS": { modem, command in
            switch command.kind {
            case .read: modem.operatorInUse
            case .test: modem.operatorList
            default: modem.selectOperator(command)
            }
        },
        "+CGATT": { modem, command in
            switch command.kind {
            case .read: .ok("+CGATT: \(modem.registration.isRegistered ? 1 : 0)")
            case .test: .ok("+CGATT: (0,1)")
            default: modem.attach(command)
            }
        },
        "+WS46": { modem, command in
            command.kind == .test
                ? .ok("+WS46: (\(modem.personality.radioModes))")
                : command.kind == .read ? .ok("+WS46: \(modem.personality.radioModes.suffix(2))") : .ok
        },
        "+QNETRC": { modem, _ in .ok(modem.rejectCauses) },
        "+QNWINFO": { modem, _ in .ok(modem.networkInformation) },
    ]

    private mutating func report(_ report: RegistrationReport, _ command: ATCommand) -> Reply {
        switch command.kind {
        case .test: return .ok("\(report.rawValue): (0-2)")
        case .set:
            guard let mode = command.integer(0), (0...2).contains(mode) else { return .refused(.incorrectParameters) }
            settings.reports[report] = mode
            // The change of form is no change of state.
            reported[report] = registrationText(report, mode: mode)
            return .ok
        case .read, .execute:
            let mode = settings.reports[report] ?? 0
            return .ok("\(report.rawValue): \(mode),\(registrationText(report, mode: mode))")
        }
    }

    /// stat, and in mode 2 the place.
    func registrationText(_ report: RegistrationReport, mode: Int) -> String {
        let stat = stat(report)
        guard mode == 2, [1, 5].contains(stat), case .registered(let cell) = registration else { return "\(stat)" }
        // The report of an EN-DC modem names its anchor, LTE; only COPS says 13.
        let technology = cell.technology == .nsa ? RadioTechnology.lte : cell.technology
        let place = "\(stat),\"\(cell.areaCode)\",\"\(cell.identity)\",\(technology.accessTechnology)"
        return report == .fiveG ? place + allowedSliceText : place
    }

    private func stat(_ report: RegistrationReport) -> Int {
        let cell: Cell? =
            switch registration {
            case .registered(let cell), .denied(let cell): cell
            default: place?.cell
            }
        let inFiveG = (cell?.technology ?? personality.technology) == .nr
        if report == .fiveG, !inFiveG, registration != .idle { return 0 }
        // Out of E-UTRAN's coverage its state is not known.
        if inFiveG, report == .evolved || report == .packet, registration.isRegistered { return 4 }
        switch registration {
        case .idle: return 0
        case .noCell, .searching: return 2
        case .denied: return 3
        case .registered(let cell): return isHome(cell) ? 1 : 5
        }
    }

    func isHome(_ cell: Cell) -> Bool { cell.network == nil || cell.network == card?.homeNetwork }

    private var operatorInUse: Reply {
        guard case .registered(let cell) = registration else { return .ok("+COPS: \(selection.mode)") }
        let network = cell.network ?? card?.homeNetwork ?? "00101"
        let name = spelled(settings.operatorFormat == 2 ? network : Self.name(network))
        let technology = cell.technology.accessTechnology
        return .ok("+COPS: \(selection.mode),\(settings.operatorFormat),\"\(name)\",\(technology)")
    }

    /// In the character set the host chose.
    private func spelled(_ text: String) -> String {
        guard settings.characterSet == "UCS2" else { return text }
        return Octets(bytes: text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }).hexadecimal
    }

    private static func name(_ network: String) -> String { network == "00101" ? "Test Mobile" : "Network \(network)" }

    /// A search takes its time.
    private var operatorList: Reply {
        let home = card?.homeNetwork ?? "00101"
        let technology = personality.technology.accessTechnology
        let state = registration.isRegistered ? 2 : 1
        return .ok(
            "+COPS: (\(state),\"\(Self.name(home))\",\"Test\",\"\(home)\",\(technology)),"
                + "(3,\"Network 00102\",\"N00102\",\"00102\",7),,(0,1,2,3,4),(0,1,2)"
        ).late(8 * Modem.second)
    }

    private mutating func selectOperator(_ command: ATCommand) -> Reply {
        let format = command.integer(1)
        switch command.integer(0) {
        case 0:
            if selection != .automatic || !registration.isRegistered { registration = .idle }
            selection = .automatic
        case 1, 4:
            guard let network = command.argument(2) else { return .refused(.incorrectParameters) }
            selection = .manual(network)
            registration = .idle
        case 2:
            selection = .deregistered
            halfway.insert(.reregister)
        case 3:
            settings.operatorFormat = format ?? 0
            return .ok
        default: return .refused(.incorrectParameters)
        }
        if let refusal = cardRefusal { return refusal }
        if selection != .deregistered, halfway.contains(.reregister) { reach(.reregister) }
        return .ok.late(100_000_000)
    }

    private mutating func attach(_ command: ATCommand) -> Reply {
        switch command.integer(0) {
        case 0:
            loseSessions()
            return .ok
        case 1: return registration.isRegistered ? .ok : .refused(.noNetworkService)
        default: return .refused(.incorrectParameters)
        }
    }

    /// The last refusal of each kind, 0 for none.
    private var rejectCauses: [String] {
        let cause: (String, Int) =
            switch world.denial {
            case .mobility5G(let cause): ("5gmm_cause", cause)
            case .mobility4G(let cause): ("emm_cause", cause)
            case .session(let cause): ("esm_cause", cause)
            case nil: (personality.knows5GCore ? "5gmm_cause" : "emm_cause", 0)
            }
        return ["+QNETRC: \"\(cause.0)\",\(cause.1)"]
    }

    private var networkInformation: [String] {
        guard case .registered(let cell) = registration else { return ["+QNWINFO: No Service"] }
        let network = cell.network ?? card?.homeNetwork ?? "00101"
        let lte = "+QNWINFO: \"FDD LTE\",\"\(network)\",\"LTE BAND 3\",1650"
        switch cell.technology {
        case .lte: return [lte]
        case .nsa: return [lte, "+QNWINFO: \"TDD NR5G\",\"\(network)\",\"NR5G BAND 78\",627264"]
        case .nr: return ["+QNWINFO: \"TDD NR5G\",\"\(network)\",\"NR5G BAND 78\",627264"]
        }
    }
}
