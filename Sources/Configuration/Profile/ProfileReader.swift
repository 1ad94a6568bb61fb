import FieldModel

/// Reads a profile: the register map of one type of device.
struct ProfileReader {
    static let schema = "fg.profile/1"

    private let root: Section

    init(_ root: Section) {
        self.root = root
    }

    /// Nil when the profile is too broken to be used at all; every problem has been reported.
    func read() -> RegisterMap? {
        checkSchema()
        let id = root.require("id", root.identifier("id"), remedy: "name the type of device, e.g. `id: dust-sensor`")
        let title = root.text("title")
        let maxRegisters = root.integer("max_registers", in: 1...125) ?? 125
        let maxCoils = root.integer("max_coils", in: 1...2000) ?? 2000
        let groups = readGroups()
        let defaults = PointDefaults(root.section("defaults"))
        let sections = root.sections("points")
        if !root.has("points") {
            root.reject(nil, "'points' is missing", remedy: "list the device's points under `points:`")
        }
        let control = root.section("control")
        root.finish()
        var points: [Placed] = []
        for section in sections {
            points += PointReader(section, defaults: defaults, groups: groups.map(\.id)).read().map {
                Placed(point: $0, section: section)
            }
        }
        let limits = (registers: maxRegisters, coils: maxCoils)
        var checks = PointChecks(points: points, limits: limits)
        checks.run()
        let map = control.flatMap {
            ControlMapReader($0, points: points.map(\.point), maxRegisters: maxRegisters).read()
        }
        guard let id else { return nil }
        return RegisterMap(
            id: id, title: title ?? id, maxRegisters: maxRegisters, maxCoils: maxCoils, groups: groups,
            points: points.map(\.point), control: map)
    }

    /// A point and the section that describes it, for messages.
    struct Placed {
        var point: Point
        var section: Section
    }

    private func checkSchema() {
        let schema = root.require("schema", root.text("schema"), remedy: "begin the file with `schema: \(Self.schema)`")
        guard let schema, schema != Self.schema else { return }
        root.reject("schema", "'\(schema)' is not a profile this version reads", remedy: "write `\(Self.schema)`")
    }

    private func readGroups() -> [PollGroup] {
        root.pairs("groups").compactMap { pair in
            guard Section.isIdentifier(pair.key), let section = root.section("groups")?.section(pair.key) else {
                root.reject("groups", "'\(pair.key)' is no name for a group", remedy: "use letters, digits, '_', '-'")
                return nil
            }
            let period = section.require(
                "period", section.duration("period", in: .milliseconds(10)...(.seconds(86_400))),
                remedy: "say how often to read the group, e.g. `period: 1s`")
            section.finish()
            return PollGroup(id: pair.key, period: period ?? .seconds(1))
        }
    }
}

/// What points inherit when they do not say it themselves.
struct PointDefaults {
    var table: RegisterTable?
    var group: String?
    var order = ByteOrder.big

    init(_ section: Section?) {
        guard let section else { return }
        table = section.choice("table", RegisterTable.allCases.map { ($0.rawValue, $0) })
        group = section.text("group")
        order = PointReader.order(section, or: .big)
        section.finish()
    }
}
