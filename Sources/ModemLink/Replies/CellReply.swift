import FieldModel

/// The serving cell, as the profile's forms describe it.
package struct CellReply: Hashable, Sendable {
    package var radio: RadioAccess?
    /// Of the anchor in EN-DC: it is the one that is registered with.
    package var cell: ServingCell?
    /// Of the second leg in EN-DC, as far as it says.
    package var signal = SignalReading()
    /// Of the anchor in EN-DC.
    package var anchor: SignalReading?

    package init(_ lines: [String], profile: ModemProfile.CellReply) {
        guard let name = ATRequest.prefix(of: profile.command) else { return }
        var main: CellLine?
        var leg: CellLine?
        for fields in lines.fields(of: name) {
            guard let line = CellLine(fields, profile) else { continue }
            if line.form.radio == .nrNSA { leg = line } else { main = line }
        }
        guard let first = main ?? leg else { return }
        radio = leg == nil || main == nil ? first.form.radio : .nrNSA
        cell = first.cell
        signal = first.signal
        guard let main, let leg else { return }
        anchor = main.signal
        signal.rsrp = leg.signal.rsrp ?? signal.rsrp
        signal.rsrq = leg.signal.rsrq ?? signal.rsrq
        signal.sinr = leg.signal.sinr ?? signal.sinr
    }
}

/// One technology's line.
private struct CellLine {
    let form: ModemProfile.CellForm
    private(set) var cell = ServingCell()
    private(set) var signal = SignalReading()

    /// Nil where no form's word stands in the line.
    init?(_ fields: ReplyFields, _ profile: ModemProfile.CellReply) {
        for index in fields.fields.indices {
            guard let form = profile.forms.first(where: { $0.word == fields.text(index) }) else { continue }
            self.form = form
            read(fields, from: index + 1, profile.bandwidth)
            return
        }
        return nil
    }

    private mutating func read(_ fields: ReplyFields, from start: Int, _ bandwidth: ModemProfile.Bandwidth) {
        var country = ""
        var network = ""
        for (offset, field) in form.fields.enumerated() {
            let index = start + offset
            switch field {
            case .mcc: country = code(fields.text(index), 3...3)
            case .mnc: network = code(fields.text(index), 1...3)
            case .bandwidth: cell.bandwidth = width(fields.number(index), bandwidth)
            default: read(field, fields, index)
            }
        }
        if !country.isEmpty, !network.isEmpty {
            cell.network = country + (network.utf8.count == 1 ? "0" : "") + network
        }
    }

    private mutating func read(_ field: ModemProfile.CellField, _ fields: ReplyFields, _ index: Int) {
        switch field {
        case .cell: cell.cell = fields.hexadecimal(index).flatMap { $0 < 1 << 36 ? $0 : nil }
        case .area: cell.area = fields.hexadecimal(index).flatMap { $0 <= 0xFF_FFFF ? UInt32($0) : nil }
        case .physicalCell: cell.physicalCell = whole(fields, index, 0...1007)
        case .channel: cell.channel = whole(fields, index, 0...3_279_165)
        case .band: cell.band = whole(fields, index, 1...1024)
        case .rsrp: signal.rsrp = SignalReply.power(fields.number(index))
        case .rsrq: signal.rsrq = SignalReply.quality(fields.number(index))
        case .sinr: signal.sinr = SignalReply.ratio(fields.number(index))
        case .sinrFifths: signal.sinr = fields.number(index).flatMap { SignalReply.ratio($0 / 5 - 20) }
        case .rssi: signal.rssi = SignalReply.power(fields.number(index))
        case .skip, .mcc, .mnc, .bandwidth: break
        }
    }

    private func whole(_ fields: ReplyFields, _ index: Int, _ range: ClosedRange<Int>) -> Int? {
        fields.integer(index).flatMap { range.contains($0) ? $0 : nil }
    }

    private func code(_ text: String?, _ digits: ClosedRange<Int>) -> String {
        guard let text, digits.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return ""
        }
        return text
    }

    /// Bandwidths by index (3GPP TS 36.101 and 38.101, as the makers number them).
    private func width(_ value: Double?, _ kind: ModemProfile.Bandwidth) -> Double? {
        guard let value, (0...400).contains(value) else { return nil }
        guard kind == .index else { return value }
        let widths: [Double] =
            form.radio == .lte
            ? [1.4, 3, 5, 10, 15, 20] : [5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 200, 400]
        return Int(exactly: value).flatMap { widths.indices.contains($0) ? widths[$0] : nil }
    }
}
