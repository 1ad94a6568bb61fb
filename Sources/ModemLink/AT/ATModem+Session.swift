import FieldModel

/// The data session, and the rungs of recovery.
extension ATModem {
    public func activate(_ wanted: SessionSettings) throws(ModemFault) {
        let definition = try definition(of: wanted)
        try connect()
        _ = try send(ATRequest(definition, timeout: profile.timeouts.command, informs: false))
        do throws(ModemFault) {
            _ = try send(switching(on: true))
            refusal = nil
        } catch {
            if case .refused(_, let reply) = error { refusal = RejectReply.cause(of: reply, radio: radio) }
            throw error
        }
    }

    public func deactivate() throws(ModemFault) {
        try connect()
        _ = try send(switching(on: false))
    }

    public func perform(_ rung: RecoveryRung, _ wanted: SessionSettings) throws(ModemFault) {
        try connect()
        switch rung {
        case .session:
            // Where none is up the modem refuses to end it.
            do throws(ModemFault) { try deactivate() } catch { guard case .refused = error else { throw error } }
            try activate(wanted)
        case .reregister: try command("AT+COPS=2", then: "AT+COPS=0")
        case .radio: try command("AT+CFUN=0", then: "AT+CFUN=1")
        case .reset: try reset()
        case .slot: try switchSlot()
        case .usb, .power, .host: throw .unsupported("\(rung.name) is not done through the modem's port")
        }
    }

    private func switching(on: Bool) -> ATRequest {
        ATRequest(
            "AT+CGACT=\(on ? 1 : 0),\(settings.context)", timeout: profile.timeouts.session, informs: false)
    }

    /// +CGDCONT, its S-NSSAI in the place the profile names (3GPP TS 27.007, 10.1.1).
    private func definition(of wanted: SessionSettings) throws(ModemFault) -> String {
        let name = try AccessPointName.checked(wanted.accessPoint)
        var parameters = ["\(settings.context)", "\"IPV4V6\"", "\"\(name)\""]
        if let slice = wanted.slice {
            if let place = profile.slice.parameter {
                parameters += Array(repeating: "", count: max(0, place - 1 - parameters.count))
                parameters.append("\"\(SliceReply.text(slice))\"")
            } else {
                notices.add(
                    .other(
                        "the profile \(profile.id) cannot ask for a slice: the session is in the network's default slice"
                    ))
            }
        }
        return "AT+CGDCONT=" + parameters.joined(separator: ",")
    }

    /// The second is sent even where the first was refused: it is the one that leaves the modem working.
    private func command(_ first: String, then second: String) throws(ModemFault) {
        var fault: ModemFault?
        do throws(ModemFault) {
            _ = try send(ATRequest(first, timeout: profile.timeouts.network, informs: false))
        } catch {
            if case .absent = error { throw error }
            fault = error
        }
        _ = try send(ATRequest(second, timeout: profile.timeouts.network, informs: false))
        if let fault { throw fault }
    }

    private func reset() throws(ModemFault) {
        collect()
        do throws(ModemFault) {
            _ = try send(ATRequest("AT+CFUN=1,1", timeout: profile.timeouts.command, informs: false))
        } catch {
            switch error {
            // Many restart before they have answered.
            case .absent, .timeout: break
            default: throw error
            }
        }
        try awaitRestart()
    }

    private func switchSlot() throws(ModemFault) {
        guard let slots = profile.slots else {
            throw .unsupported(
                "the profile \(profile.id) names no command for the card slot: add `slots` if it has two")
        }
        guard let current = try slot() else {
            throw .garbled("\(slots.query) does not tell which slot is in use")
        }
        let wanted = current == 1 ? "2" : "1"
        let parts = slots.select.split(separator: "{slot}", omittingEmptySubsequences: false)
        _ = try send(
            ATRequest(parts.joined(separator: wanted), timeout: profile.timeouts.network, informs: false))
        identity.iccid = ""
        identity.imsi = ""
        refusal = nil
    }
}
