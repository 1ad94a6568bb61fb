import FieldModel

/// +CREG, +CGREG, +CEREG and +C5GREG, asked for and unasked (3GPP TS 27.007, 7.2, 10.1.20, 10.1.22, 10.1.47).
package struct RegistrationReply: Hashable, Sendable {
    package var state = Registration.unknown
    package var area: UInt32?
    package var cell: UInt64?
    package var radio: RadioAccess?
    package var reject: RejectCause?
    package var allowedSlices: [NetworkSlice] = []

    package init() {}

    /// The answer to a question carries `<n>` in front; what comes unasked does not.
    package init?(_ line: String, isAnswer: Bool) {
        guard let name = UnsolicitedLine.name(of: line), UnsolicitedLine.registrations.contains(name) else {
            return nil
        }
        let fields = ReplyFields(line)
        let first = isAnswer ? 1 : 0
        guard let code = fields.integer(first) else { return nil }
        state = Self.state(code)
        area = fields.hexadecimal(first + 1).flatMap { UInt32(exactly: $0) }.flatMap { $0 <= 0xFF_FFFF ? $0 : nil }
        cell = fields.hexadecimal(first + 2).flatMap { $0 < 1 << 36 ? $0 : nil }
        radio = fields.integer(first + 3).flatMap(Self.radio)
        let is5G = name == "+C5GREG"
        if is5G { allowedSlices = SliceReply.list(fields.text(first + 5) ?? "") }
        readCause(fields, from: first + (is5G ? 6 : 4), layer: is5G ? .mobility5G : .mobility4G)
    }

    /// Type 0 is a cause of the standard; others are the maker's own.
    private mutating func readCause(_ fields: ReplyFields, from index: Int, layer: RejectCause.Layer) {
        guard state == .denied, fields.integer(index) == 0, let code = fields.integer(index + 1), code > 0 else {
            return
        }
        reject = RejectCause(layer: layer, code: code)
    }

    /// Both `<n>` and `<stat>` are bare numbers, and a tracking area follows `<stat>` in quotes.
    package static func isAnswer(_ line: String) -> Bool {
        let fields = ReplyFields(line)
        guard !fields.isQuoted(1), let n = fields.integer(0), (0...5).contains(n), let state = fields.text(1) else {
            return false
        }
        return state.utf8.count <= 2 && Int(state) != nil
    }

    /// `6` to `10` are the standard's special cases of being registered.
    static func state(_ code: Int) -> Registration {
        switch code {
        case 0: .idle
        case 1, 6, 9: .home
        // For emergency calls only: no data, and no refusal that names a policy.
        case 2, 8: .searching
        case 3: .denied
        case 5, 7, 10: .roaming
        default: .unknown
        }
    }

    /// `<AcT>` (3GPP TS 27.007, 7.3).
    static func radio(_ code: Int) -> RadioAccess? {
        switch code {
        case 0, 1, 3, 8: .gsm
        case 2, 4, 5, 6: .umts
        case 7, 9, 10: .lte
        case 11, 12: .nrSA
        case 13: .nrNSA
        default: nil
        }
    }

    /// The network's code and the radio, of +COPS.
    package static func network(_ lines: [String]) -> (code: String, radio: RadioAccess?) {
        guard let fields = lines.fields(of: "+COPS").last else { return ("", nil) }
        let code = fields.text(2) ?? ""
        let isNumeric = (5...6).contains(code.utf8.count) && code.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return (fields.integer(1) == 2 && isNumeric ? code : "", fields.integer(3).flatMap(radio))
    }
}

/// Why the network refused.
package enum RejectReply {
    /// `+QNETRC: "5gmm_cause",0`, over one line or more: the first that is no zero.
    package static func vendor(_ lines: [String], command: String) -> RejectCause? {
        guard let name = ATRequest.prefix(of: command) else { return nil }
        for fields in lines.fields(of: name) {
            for index in fields.fields.indices {
                guard let layer = fields.text(index).flatMap(layer), let code = fields.integer(index + 1),
                    (1...255).contains(code)
                else { continue }
                return RejectCause(layer: layer, code: code)
            }
        }
        return nil
    }

    private static func layer(_ word: String) -> RejectCause.Layer? {
        RejectCause.Layer.allCases.first { word.lowercased().hasPrefix($0.rawValue) }
    }

    /// Final results that stand for a cause of the network (3GPP TS 27.007, 9.2.2).
    package static func cause(of refusal: String, radio: RadioAccess?) -> RejectCause? {
        guard refusal.hasPrefix("+CME ERROR:"), let code = Int(refusal.dropFirst(11).trimmingSpaces) else { return nil }
        let is5G = radio == .nrSA
        let mobility = [103: 3, 106: 6, 107: 7, 108: 8, 111: 11, 112: 12, 113: 13, 114: 14, 115: 15, 122: 22]
        let session = [
            126: 26, 127: 27, 128: 28, 129: 29, 130: 30, 131: 31, 132: 32, 133: 33, 134: 34, 149: 29, 177: 8,
        ]
        if let cause = mobility[code] { return RejectCause(layer: is5G ? .mobility5G : .mobility4G, code: cause) }
        if let cause = session[code] { return RejectCause(layer: is5G ? .session5G : .session4G, code: cause) }
        return nil
    }
}

/// S-NSSAIs as 27.007 writes them: `01`, `01.19CDE0`, several with colons between, the rejected ones with `#cause`.
package enum SliceReply {
    package static func list(_ text: String) -> [NetworkSlice] {
        text.split(separator: ":").compactMap { slice($0.prefix { $0 != "#" }) }
    }

    /// +C5GNSSAIRDP (10.1.54): a line of the default and the rejected ones, then one for each network with its
    /// configured and allowed ones.
    package static func report(_ lines: [String]) -> (allowed: [NetworkSlice], rejected: [NetworkSlice]) {
        var allowed: [NetworkSlice] = []
        var rejected: [NetworkSlice] = []
        for fields in lines.fields(of: "+C5GNSSAIRDP") {
            let texts = fields.fields.indices.compactMap { fields.text($0) }
            for text in texts where text.contains("#") { rejected += list(text) }
            guard let network = texts.first, (5...6).contains(network.count), Int(network) != nil else { continue }
            // The network, then a length and a list each: configured, allowed.
            if let text = fields.text(4) { allowed += list(text) }
        }
        return (allowed, rejected)
    }

    private static func slice(_ text: Substring) -> NetworkSlice? {
        // A mapped slice of the home network follows a semicolon.
        let parts = text.prefix { $0 != ";" }.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, (1...2).contains(first.utf8.count), let type = UInt8(first, radix: 16) else {
            return nil
        }
        guard parts.count > 1 else { return NetworkSlice(serviceType: type, differentiator: nil) }
        guard parts.count == 2, parts[1].utf8.count == 6, let differentiator = UInt32(parts[1], radix: 16) else {
            return nil
        }
        return NetworkSlice(serviceType: type, differentiator: differentiator)
    }

    /// `01.19cde0`.
    package static func text(_ slice: NetworkSlice) -> String {
        func hexadecimal(_ value: UInt32, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        let type = hexadecimal(UInt32(slice.serviceType), 2)
        return slice.differentiator.map { "\(type).\(hexadecimal($0 & 0xFF_FFFF, 6))" } ?? type
    }
}
