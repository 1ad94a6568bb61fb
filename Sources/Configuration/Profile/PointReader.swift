import FieldModel

/// Reads one entry of `points`: one point, or a series of them.
struct PointReader {
    let section: Section
    let defaults: PointDefaults
    let groups: [String]

    init(_ section: Section, defaults: PointDefaults, groups: [String]) {
        self.section = section
        self.defaults = defaults
        self.groups = groups
    }

    func read() -> [Point] {
        defer { section.finish() }
        let id = section.require("id", section.text("id"), remedy: "name the point, e.g. `id: EngineSpeed`")
        let place = address()
        let type = self.type()
        let scaling = self.scaling(type)
        let writable = self.access(place?.table)
        let write = writeRule(writable)
        let group = self.group(polled: writable != .writeOnly)
        let unit = section.text("unit")
        let summary = section.text("description")
        let labels = self.labels()
        let order = Self.order(section, or: defaults.order)
        let series = self.series()
        guard let id, let place, let type, series != nil || !section.has("series") else { return [] }
        checkTypeFitsTable(type, place.table)
        return numbers(series, id: id).map { number, id in
            Point(
                id: id, table: place.table, address: place.address + number * type.width, type: type, order: order,
                scaling: scaling, unit: unit, summary: summary, labels: labels, group: group, write: write)
        }
    }

    // MARK: Place

    private func address() -> (table: RegisterTable, address: Int)? {
        let table = section.choice("table", RegisterTable.allCases.map { ($0.rawValue, $0) })
        guard let node = section.node("address") else {
            section.reject(nil, "'address' is missing", remedy: "give the zero-based address, or e.g. \"40001\"")
            return nil
        }
        if case .scalar(let text, true) = node.content { return notation(text, table) }
        guard let address = section.integer("address", in: 0...65_535) else { return nil }
        guard let table = table ?? defaults.table else {
            if !section.has("table") {
                section.reject(
                    nil, "'table' is missing", remedy: "write `table: input` (or holding, coil, discrete), or a default"
                )
            }
            return nil
        }
        return (table, address)
    }

    /// Five or six digits: the first names the table, the rest count from 1.
    private func notation(_ text: String, _ table: RegisterTable?) -> (table: RegisterTable, address: Int)? {
        let tables: [Character: RegisterTable] = ["0": .coil, "1": .discrete, "3": .input, "4": .holding]
        guard text.count == 5 || text.count == 6, let first = text.first, let meant = tables[first],
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text.dropFirst()),
            (1...65_536).contains(number)
        else {
            section.reject(
                "address", "\"\(text)\" is not a register's number",
                remedy: "write a zero-based number without quotes, or \"40001\" to \"465536\" (0, 1 or 3 in front for "
                    + "coils, discrete inputs, input registers)")
            return nil
        }
        guard table == nil || table == meant else {
            section.reject(
                "address",
                "\"\(text)\" is in the table '\(meant.rawValue)', and the point says "
                    + "'\(table?.rawValue ?? "")'", remedy: "correct one of the two")
            return nil
        }
        return (meant, number - 1)
    }

    private func series() -> ClosedRange<Int>? {
        guard let series = section.section("series") else { return nil }
        defer { series.finish() }
        let from = series.require("from", series.integer("from", in: 0...65_535), remedy: "say where n begins")
        let to = series.require("to", series.integer("to", in: 0...65_535), remedy: "say where n ends")
        guard let from, let to else { return nil }
        guard from <= to else {
            series.reject("to", "the series ends before it begins", remedy: "make `to` at least \(from)")
            return nil
        }
        return from...to
    }

    private func numbers(_ series: ClosedRange<Int>?, id: String) -> [(Int, String)] {
        let parts = id.split(separator: "{n}", omittingEmptySubsequences: false)
        guard let series else {
            checkName(id)
            return [(0, id)]
        }
        guard parts.count == 2 else {
            section.reject("id", "the id of a series needs one '{n}'", remedy: "write e.g. `id: \"cell{n}\"`")
            return []
        }
        checkName("\(parts[0])0\(parts[1])")
        return series.enumerated().map { ($0, "\(parts[0])\($1)\(parts[1])") }
    }

    private func checkName(_ id: String) {
        guard !Section.isIdentifier(id) else { return }
        section.reject(
            "id", "'\(id)' is no name for a point", remedy: "use 1 to 64 letters, digits, '_', '-' and '.'")
    }

    // MARK: Meaning

    private func type() -> PointType? {
        let simple: [(String, PointType)] = [
            PointType.bool, .i16, .u16, .i32, .u32, .i64, .u64, .f32, .f64, .bcd16, .bcd32,
        ].map { ($0.name, $0) }
        let bit = section.integer("bit", in: 0...15)
        let length = section.integer("length", in: 1...64)
        let all = simple + [("bit", PointType.bit(UInt8(bit ?? 0))), ("string", .string(registers: length ?? 1))]
        let type = section.require(
            "type", section.choice("type", all), remedy: "say how the registers are to be read, e.g. `type: u16`")
        guard let type else { return nil }
        let needs: (bit: Bool, length: Bool) =
            switch type {
            case .bit: (true, false)
            case .string: (false, true)
            default: (false, false)
            }
        checkPresence("bit", needed: needs.bit, type, "say which bit, 0 (least significant) to 15")
        checkPresence("length", needed: needs.length, type, "say how many registers the text takes, 1 to 64")
        return type
    }

    private func checkPresence(_ key: String, needed: Bool, _ type: PointType, _ remedy: String) {
        if needed, !section.has(key) { section.reject(nil, "'\(key)' is missing", remedy: remedy) }
        if !needed, section.has(key) {
            section.reject(key, "'\(key)' says nothing of the type \(type.name)", remedy: "take it out")
        }
    }

    private func checkTypeFitsTable(_ type: PointType, _ table: RegisterTable) {
        if table.holdsBits, type != .bool {
            section.reject("type", "a \(table.rawValue) is one bit, not \(type.name)", remedy: "write `type: bool`")
        }
        if !table.holdsBits, type == .bool {
            section.reject(
                "type", "a register of the table '\(table.rawValue)' is no bool",
                remedy: "write `type: bit` and which `bit`, or another table")
        }
    }

    private func scaling(_ type: PointType?) -> Scaling {
        let scale = section.decimal("scale")
        let offset = section.decimal("offset")
        if let type, !type.isNumber, section.has("scale") || section.has("offset") {
            section.reject(
                section.has("scale") ? "scale" : "offset", "the type \(type.name) is not scaled",
                remedy: "take scale and offset out")
        }
        if scale == .zero {
            section.reject("scale", "a scale of 0 makes every value the same", remedy: "write the device's resolution")
        }
        return Scaling(scale: scale ?? .one, offset: offset ?? .zero)
    }

    private func labels() -> [Int64: String] {
        var labels: [Int64: String] = [:]
        for pair in section.pairs("labels") {
            guard let number = Int64(pair.key) else {
                section.reject("labels", "'\(pair.key)' is no whole number", remedy: "write `0: stopped`")
                continue
            }
            guard case .scalar(let text, _) = pair.value.content else {
                section.reject(
                    "labels", "the label of \(number) is \(pair.value.kind), not text", remedy: "write `0: stopped`")
                continue
            }
            labels[number] = text
        }
        return labels
    }

    static func order(_ section: Section, or inherited: ByteOrder) -> ByteOrder {
        let values = [("big", false), ("little", true)]
        return ByteOrder(
            wordsAreLittle: section.choice("word_order", values) ?? inherited.wordsAreLittle,
            bytesAreLittle: section.choice("byte_order", values) ?? inherited.bytesAreLittle)
    }
}
