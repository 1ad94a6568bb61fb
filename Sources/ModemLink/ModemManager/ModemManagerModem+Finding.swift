import FieldModel
import Platform

/// Which of the daemon's modems it is.
extension ModemManagerModem {
    var place: String { path ?? "none" }

    /// Its own document. The daemon gives a modem another place after each restart, so it is looked for again.
    func find() throws(ModemFault) -> MMDocument {
        if let path {
            do throws(ModemFault) {
                let modem = try client.document(["-m", path], timeout: Self.patience)
                if matches(modem, path) { return modem }
            } catch {
                guard case .absent = error else { throw error }
            }
            self.path = nil
            isListening = false
        }
        let list = try client.document(["-L"], timeout: Self.patience).list("modem-list")
        for path in list {
            guard let modem = try optional(["-m", path]), matches(modem, path) else { continue }
            self.path = path
            return modem
        }
        throw .absent(
            "ModemManager has no modem with \(wanted) among the \(list.count) it knows: `mmcli -L` lists them; right after "
                + "plugging in it needs up to a minute")
    }

    private func matches(_ modem: MMDocument, _ path: String) -> Bool {
        switch choice {
        case .imei(let imei): MMReply.imei(of: modem) == imei
        case .only: true
        case .device(let device):
            modem.text("modem", "generic", "device") == device
                || modem.list("modem", "generic", "ports").contains { port in
                    let name = port.prefix { $0 != " " }
                    return name == device || "/dev/\(name)" == device
                }
        }
    }

    var wanted: String {
        switch choice {
        case .imei(let imei): "an IMEI ending in \(imei.suffix(4))"
        case .only: "any identity"
        case .device(let device): "the device \(device)"
        }
    }

    /// Nil where the daemon refuses to say.
    func optional(_ arguments: [String]) throws(ModemFault) -> MMDocument? {
        do throws(ModemFault) {
            return try client.document(arguments, timeout: Self.patience)
        } catch {
            switch error {
            case .refused, .unsupported, .absent: return nil
            default: throw error
            }
        }
    }

    func card(of modem: MMDocument) throws(ModemFault) -> MMDocument? {
        guard let sim = modem.text("modem", "generic", "sim") else { return nil }
        return try optional(["-i", sim])
    }
}
