import FieldModel

/// Reads `control.watchdog` of a profile: the machine's own, which acts when the gateway is dead.
struct WatchdogReader {
    private let section: Section
    private let points: ControlPoints
    private let roles: ControlRoles

    init(_ section: Section, points: ControlPoints, roles: ControlRoles) {
        self.section = section
        self.points = points
        self.roles = roles
    }

    func read() -> ControlMap.Watchdog? {
        defer { section.finish() }
        let counter = section.require(
            "counter", points.point(section, "counter", .written),
            remedy: "name the register that the machine's watchdog looks at")
        let applied = points.point(section, "applied", .read)
        let longest = section.duration("at_most", in: .milliseconds(100)...(.seconds(5))) ?? .milliseconds(500)
        let time = points.point(section, "time", .read)
        let conditions = section.sections("conditions")
        let tripped = points.condition(section, "tripped")
        roles.take(counter, as: "the watchdog's counter", section, "counter")
        checkCounting(counter, "counter")
        checkCounting(applied, "applied")
        checkTime(time)
        checkProof(conditions)
        let read = conditions.compactMap(points.condition)
        return counter.map {
            ControlMap.Watchdog(
                counter: $0, applied: applied, time: time, longest: longest, conditions: read, tripped: tripped)
        }
    }

    private func checkCounting(_ point: Point?, _ key: String) {
        guard let point, !point.counts(to: 65_535) else { return }
        section.reject(
            key, "'\(point.id)' does not count from 0 to 65535 in steps of 1",
            remedy: "name a register of type u16, u32 or u64 without scale")
    }

    private func checkTime(_ time: Point?) {
        guard let time, !time.type.isNumber || time.unit.map({ $0 != "ms" }) == true else { return }
        section.reject(
            "time", "'\(time.id)' does not tell milliseconds: its unit is '\(time.unit ?? "none")'",
            remedy: "scale the point to ms")
    }

    private func checkProof(_ conditions: [Section]) {
        guard !section.has("time"), conditions.isEmpty, !section.has("conditions") || section.isList("conditions")
        else { return }
        section.reject(
            nil, "nothing tells whether the watchdog is on",
            remedy: "name the point of its `time`, or `conditions`: it is read back before anyone is armed")
    }
}
