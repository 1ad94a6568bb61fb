import FieldModel

/// Reads `control` of a profile: how a machine of this type is driven.
struct ControlMapReader {
    private let section: Section
    private let points: ControlPoints
    private let maxRegisters: Int
    private let roles = ControlRoles()
    private let readBacks = ControlRoles()

    init(_ section: Section, points: [Point], maxRegisters: Int) {
        self.section = section
        self.points = ControlPoints(points)
        self.maxRegisters = maxRegisters
    }

    func read() -> ControlMap? {
        defer { section.finish() }
        var isWhole = true
        let axes = list("axes", "axis", most: ControlMap.mostAxes, \.id) { part in
            let axis = readAxis(part)
            if axis == nil { isWhole = false }
            return axis
        }
        if !section.has("axes") {
            section.reject(
                nil, "'axes' is missing", remedy: "list 1 to \(ControlMap.mostAxes) axes, each with id and point")
        }
        let buttons = list("buttons", "button", most: ControlMap.mostButtons, \.id, readButton)
        let enable = points.toggle(section, "enable")
        roles.take(enable, as: "the point of enable", section, "enable")
        let speed = readSpeed(axes)
        let watchdog = section.require(
            "watchdog", section.section("watchdog"),
            remedy: "name the machine's own watchdog: without one it is not controlled remotely"
        ).flatMap { WatchdogReader($0, points: points, roles: roles).read() }
        let standstill = section.require(
            "standstill", points.condition(section, "standstill"),
            remedy:
                "say which point tells that the machine stands still, e.g. `standstill: {point: Standstill, is: true}`")
        let neutral = readNeutral(axes)
        let permit = section.section("permit").flatMap {
            PermitReader($0, points: points, roles: roles).read(
                driving: axes.map(\.point) + [watchdog?.counter, enable, speed?.point].compactMap(\.self),
                // What an axis lacks leaves a gap that is no fault of its own.
                isWhole: isWhole && watchdog != nil && speed != nil && (enable != nil || !section.has("enable")))
        }
        let safety = SettingsReader(section, points: points, roles: roles)
        let safeState = safety.safeState()
        let release = safety.release()
        let interlocks = section.sections("interlocks").compactMap(readInterlock)
        let (emergency, local) = (points.condition(section, "emergency_stop"), points.condition(section, "local"))
        guard let speed, let watchdog, let standstill, !axes.isEmpty else { return nil }
        var map = ControlMap(
            axes: axes, buttons: buttons, enable: enable, speedCap: speed.point, topSpeed: speed.top,
            creepSpeed: speed.creep, speedUnit: speed.unit, watchdog: watchdog, permit: permit, safeState: safeState,
            release: release, standstill: standstill, neutral: neutral, emergencyStop: emergency, local: local,
            interlocks: interlocks)
        map.maxRegisters = maxRegisters
        return map
    }

    /// The items of a list, at least one where it is there at all, each id once.
    private func list<Item>(
        _ key: String, _ what: String, most: Int, _ id: (Item) -> String, _ read: (Section) -> Item?
    ) -> [Item] {
        let sections = section.sections(key)
        if sections.count > most {
            section.reject(
                key, "there are \(sections.count) of them", remedy: "list \(most) at most: a frame holds no more")
        } else if sections.isEmpty, section.isList(key) {
            section.reject(key, "the list is empty", remedy: "list 1 to \(most), each with id and point")
        }
        var seen: Set<String> = []
        return sections.compactMap { part in
            guard let item = read(part) else { return nil }
            if !seen.insert(id(item)).inserted {
                part.reject(
                    "id", "the id '\(id(item))' is taken already", remedy: "give each \(what) a name of its own")
            }
            return item
        }
    }

    // MARK: What moves

    private func readAxis(_ axis: Section) -> ControlMap.Axis? {
        defer { axis.finish() }
        let id = axis.require("id", axis.identifier("id"), remedy: "name the axis, e.g. `id: travel`")
        let point = axis.require(
            "point", points.point(axis, "point", .written), remedy: "name the point it writes")
        let rest = axis.decimal("rest") ?? .zero
        let readBack = points.point(axis, "read_back", .read)
        let isLimited = axis.flag("limited") ?? false
        if let readBack, !readBack.type.isNumber {
            axis.reject(
                "read_back", "'\(readBack.id)' is no number", remedy: "name the point that says how far the axis is out"
            )
        }
        roles.take(point, as: "the point of axis '\(id ?? "?")'", axis, "point")
        readBacks.take(readBack, as: "the read-back of axis '\(id ?? "?")'", axis, "read_back")
        guard let id, let point, deflects(point, rest, axis) else { return nil }
        return ControlMap.Axis(id: id, point: point, rest: rest, readBack: readBack, isLimited: isLimited)
    }

    private func deflects(_ point: Point, _ rest: DecimalNumber, _ axis: Section) -> Bool {
        guard point.type.isNumber else {
            axis.reject(
                "point", "'\(point.id)' is no number: nothing to deflect", remedy: "name a register that takes a number"
            )
            return false
        }
        guard let least = point.write?.minimum, let most = point.write?.maximum else {
            axis.reject(
                "point", "'\(point.id)' has no limits",
                remedy: "give the point `write: {min: …, max: …}`: full deflection goes from one to the other")
            return false
        }
        guard least.double < most.double else {
            axis.reject(
                axis.has("rest") ? "rest" : "point", "'\(point.id)' has no way to go from \(least) to \(most)",
                remedy: "correct `min` and `max` of the point")
            return false
        }
        guard least.double <= rest.double, rest.double <= most.double else {
            axis.reject(
                axis.has("rest") ? "rest" : "point",
                "rest \(rest) is outside \(least)…\(most), what '\(point.id)' takes",
                remedy: "correct `rest`, or `min` and `max` of the point")
            return false
        }
        for value in [least, rest, most] {
            guard let objection = point.objection(to: .number(value)) else { continue }
            axis.reject("point", objection, remedy: "correct `rest`, or `min` and `max` of the point")
            return false
        }
        return true
    }

    private func readButton(_ button: Section) -> ControlMap.Button? {
        defer { button.finish() }
        let id = button.require("id", button.identifier("id"), remedy: "name the button")
        let point = button.require("point", points.toggle(button, "point"), remedy: "name the point it writes")
        roles.take(point, as: "the point of button '\(id ?? "?")'", button, "point")
        guard let id, let point else { return nil }
        return ControlMap.Button(id: id, point: point)
    }

    private func readSpeed(
        _ axes: [ControlMap.Axis]
    ) -> (top: DecimalNumber, creep: DecimalNumber, unit: String, point: Point?)? {
        let speed = section.require(
            "speed", section.section("speed"),
            remedy: "give full and creep speed: `speed: {top: 10, creep: 2, unit: km/h}`")
        guard let speed else { return nil }
        defer { speed.finish() }
        let top = speed.require("top", speed.decimal("top"), remedy: "give the speed at full deflection")
        let creep = speed.require(
            "creep", speed.decimal("creep"), remedy: "give the speed that is safe without a picture")
        let cap = points.point(speed, "point", .written)
        let unit = speed.text("unit") ?? "km/h"
        roles.take(cap, as: "the point of the speed cap", speed, "point")
        guard let top, let creep else { return nil }
        guard top.double > 0, creep.double >= 0, creep.double <= top.double else {
            speed.reject("creep", "creep \(creep) and top \(top)", remedy: "0 ≤ creep ≤ top, and top above 0")
            return nil
        }
        checkCap(cap, top, axes, speed)
        return (top, creep, unit, cap)
    }

    private func checkCap(_ cap: Point?, _ top: DecimalNumber, _ axes: [ControlMap.Axis], _ speed: Section) {
        let limited = axes.first(where: \.isLimited)
        if let cap {
            if let objection = cap.objection(to: .number(.zero)) ?? cap.objection(to: .number(top)) {
                speed.reject("point", objection, remedy: "name a point that takes every speed from 0 to top")
            }
            if let limited {
                speed.reject(
                    "point", "the machine takes the cap itself, and axis '\(limited.id)' is `limited` too",
                    remedy: "take one of the two out: they would not add up")
            }
        } else if limited == nil, !axes.isEmpty, !speed.has("point") {
            speed.reject(
                nil, "nothing slows the machine down: it has no point for the cap, and no axis is `limited`",
                remedy: "name `point`, or write `limited: true` at each axis that moves the machine")
        }
    }

    // MARK: What the machine says

    private func readNeutral(_ axes: [ControlMap.Axis]) -> PointCondition? {
        if !section.has("neutral"), let silent = axes.first(where: { $0.readBack == nil }) {
            section.reject(
                nil,
                "nothing tells whether axis '\(silent.id)' is at rest: it has no read_back, and there is no `neutral`",
                remedy: "give each axis a `read_back`, or say which point tells: `neutral: {point: …, is: true}`")
        }
        return points.condition(section, "neutral")
    }

    private func readInterlock(_ interlock: Section) -> ControlMap.Interlock? {
        let text = interlock.require("text", interlock.text("text"), remedy: "say what is wrong when it does not hold")
        guard let condition = points.condition(interlock), let text else { return nil }
        return ControlMap.Interlock(condition: condition, text: text)
    }
}
