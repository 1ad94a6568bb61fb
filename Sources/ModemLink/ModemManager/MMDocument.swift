import FieldModel
import JSONText

/// What `mmcli -J` prints: texts throughout, `--` where nothing is known.
package struct MMDocument: Hashable, Sendable {
    private let root: JSONValue

    package init(_ bytes: [UInt8]) throws(ModemFault) {
        do throws(JSONFault) {
            root = try bytes.withUnsafeBufferPointer { bytes throws(JSONFault) in try JSONReader.read(bytes) }
        } catch {
            throw .garbled("mmcli printed what is no JSON: \(error.text); is it ModemManager's own, of 1.18 or later?")
        }
    }

    /// `modem.generic.state`; nil for `--`.
    package func text(_ path: String...) -> String? {
        var value: JSONValue? = root
        for name in path { value = value?[name] }
        guard case .string(let text)? = value, text != "--", !text.isEmpty else { return nil }
        return text
    }

    package func list(_ path: String...) -> [String] {
        var value: JSONValue? = root
        for name in path { value = value?[name] }
        guard case .array(let items)? = value else { return [] }
        return items.compactMap { item in
            guard case .string(let text) = item, text != "--" else { return nil }
            return text
        }
    }

    /// mmcli writes `["lte, 5gnr"]` as well as `["lte", "5gnr"]`.
    func words(_ path: String...) -> [String] {
        var value: JSONValue? = root
        for name in path { value = value?[name] }
        guard case .array(let items)? = value else { return [] }
        return items.flatMap { item -> [String] in
            guard case .string(let text) = item else { return [] }
            return text.split(separator: ",").map { $0.trimmingSpaces }
        }
    }

    func number(_ path: String...) -> Double? {
        var value: JSONValue? = root
        for name in path { value = value?[name] }
        guard case .string(let text)? = value else { return nil }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
}

/// Reports as read from mmcli's documents.
package enum MMReply {
    package static func identity(modem: MMDocument, sim: MMDocument?) -> ModemIdentity {
        var identity = ModemIdentity()
        identity.manufacturer = modem.text("modem", "generic", "manufacturer") ?? ""
        identity.model = modem.text("modem", "generic", "model") ?? ""
        identity.revision = modem.text("modem", "generic", "revision") ?? ""
        identity.imei = imei(of: modem)
        identity.iccid = IdentityReply.iccid(sim?.text("sim", "properties", "iccid").map { [$0] } ?? [])
        identity.imsi = sim?.text("sim", "properties", "imsi") ?? ""
        return identity
    }

    package static func imei(of modem: MMDocument) -> String {
        modem.text("modem", "3gpp", "imei") ?? modem.text("modem", "generic", "equipment-identifier") ?? ""
    }

    package static func sim(_ modem: MMDocument) -> SIMState {
        switch modem.text("modem", "generic", "state-failed-reason") {
        case "sim-missing": return .absent
        default: break
        }
        switch modem.text("modem", "generic", "unlock-required") {
        case "sim-pin": return .pinRequired
        case "sim-puk": return .pukRequired
        default: break
        }
        switch modem.text("modem", "generic", "state") {
        case "initializing", "unknown", nil: return .busy
        case "failed", "locked": return .unknown
        default: return modem.text("modem", "generic", "sim") == nil ? .unknown : .ready
        }
    }

    package static func registration(_ modem: MMDocument) -> Registration {
        switch modem.text("modem", "3gpp", "registration-state") {
        case "idle": .idle
        case "home", "home-sms-only", "home-csfb-not-preferred": .home
        case "searching", "emergency-only": .searching
        case "denied": .denied
        case "roaming", "roaming-sms-only", "roaming-csfb-not-preferred": .roaming
        default: .unknown
        }
    }

    package static func radio(_ modem: MMDocument) -> RadioAccess? {
        let words = modem.words("modem", "generic", "access-technologies")
        if words.contains("5gnr") { return words.contains("lte") ? .nrNSA : .nrSA }
        if words.contains("lte") { return .lte }
        if words.contains(where: { $0.hasPrefix("umts") || $0.hasPrefix("hs") }) { return .umts }
        return words.contains { $0.hasPrefix("g") || $0.hasPrefix("edge") } ? .gsm : nil
    }

    package static func cell(modem: MMDocument, location: MMDocument?) -> ServingCell {
        var cell = ServingCell()
        cell.network = modem.text("modem", "3gpp", "operator-code") ?? ""
        let area = location?.text("modem", "location", "3gpp", "tac").flatMap { UInt32($0, radix: 16) }
        // Both are all ones, or nothing, where they are not known.
        cell.area = area.flatMap { (1..<0xFFFFFE).contains($0) ? $0 : nil }
        let identity = location?.text("modem", "location", "3gpp", "cid").flatMap { UInt64($0, radix: 16) }
        cell.cell = identity.flatMap { (1..<1 << 36).contains($0) ? $0 : nil }
        return cell
    }

    package static func signal(
        _ document: MMDocument, radio: RadioAccess?
    ) -> (signal: SignalReading, anchor: SignalReading?) {
        func reading(_ name: String) -> SignalReading {
            var reading = SignalReading()
            reading.rsrp = SignalReply.power(document.number("modem", "signal", name, "rsrp"))
            reading.rsrq = SignalReply.quality(document.number("modem", "signal", name, "rsrq"))
            reading.sinr = SignalReply.ratio(document.number("modem", "signal", name, "snr"))
            reading.rssi = SignalReply.power(document.number("modem", "signal", name, "rssi"))
            return reading
        }
        let (nr, lte) = (reading("5g"), reading("lte"))
        switch radio {
        case .nrNSA: return (nr.rsrp == nil ? lte : nr, lte)
        case .nrSA: return (nr, nil)
        case .lte: return (lte, nil)
        case .umts: return (reading("umts"), nil)
        case .gsm: return (reading("gsm"), nil)
        case nil: return (nr.rsrp == nil ? lte : nr, nil)
        }
    }

    package static func session(_ bearer: MMDocument) -> (session: DataSession, counters: ModemCounters?) {
        var session = DataSession()
        session.isActive = bearer.text("bearer", "status", "connected") == "yes"
        guard session.isActive else { return (session, nil) }
        session.addresses = ["ipv4-config", "ipv6-config"].compactMap { bearer.text("bearer", $0, "address") }
        let up = bearer.text("bearer", "stats", "bytes-tx").flatMap { UInt64($0) }
        let down = bearer.text("bearer", "stats", "bytes-rx").flatMap { UInt64($0) }
        guard let up, let down else { return (session, nil) }
        return (session, ModemCounters(up: up, down: down))
    }

    /// `2026-11-20T16:00:00+08`, with minutes of the zone or without.
    package static func time(_ document: MMDocument) -> Timestamp? {
        guard let text = document.text("modem", "time", "current") else { return nil }
        return Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + ":00") ?? Timestamp(rfc3339: text + "Z")
    }

    /// The daemon's name of an error that stands for a cause of the network.
    package static func cause(of refusal: String, radio: RadioAccess?) -> RejectCause? {
        let mobility = [
            ("IllegalMs", 3), ("IllegalMe", 6), ("GprsNotAllowed", 7), ("GprsServicesNotAllowed", 7),
            ("PlmnNotAllowed", 11),
            ("LocationNotAllowed", 12), ("RoamingNotAllowed", 13), ("RoamingNotAllowedInLocationArea", 13),
        ]
        let session = [
            ("InsufficientResources", 26), ("MissingOrUnknownApn", 27), ("UnknownPdpAddressOrType", 28),
            ("UserAuthenticationFailed", 29), ("PdpAuthFailure", 29), ("ActivationRejectedByGgsnOrGw", 30),
            ("ActivationRejectedUnspecified", 31), ("ServiceOptionNotSupported", 32),
            ("ServiceOptionNotSubscribed", 33), ("ServiceOptionOutOfOrder", 34),
        ]
        let words = refusal.split { !$0.isLetter && !$0.isNumber }
        guard let place = words.firstIndex(of: "MobileEquipment"), place + 1 < words.count else { return nil }
        let name = words[place + 1]
        func code(_ table: [(String, Int)]) -> Int? { table.first { name == $0.0 || name == "Gprs" + $0.0 }?.1 }
        if let code = code(mobility) {
            return RejectCause(layer: radio == .nrSA ? .mobility5G : .mobility4G, code: code)
        }
        if let code = code(session) { return RejectCause(layer: radio == .nrSA ? .session5G : .session4G, code: code) }
        return nil
    }
}
