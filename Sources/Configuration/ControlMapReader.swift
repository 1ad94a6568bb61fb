import FieldModel

/// Reads `control` of a profile: how a machine of this type is driven.
struct ControlMapReader {
    private let section: Section
    private let points: [String: Point]

    init(_ section: Section, points: [Point]) {
        self.section = section
        self.points = Dictionary(points.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func read() -> ControlMap? {
        defer { section.finish() }
        let axes = section.sections("axes").compactMap(readAxis)
        if axes.isEmpty || axes.count > ControlMap.mostAxes {
            section.reject(
                "axes", "\(axes.count) axes", remedy: "list 1 to \(ControlMap.mostAxes) axes, each with id and point")
        }
        let buttons = section.sections("buttons").compactMap(readButton)
        if buttons.count > ControlMap.mostButtons {
            section.reject("buttons", "\(buttons.count) buttons", remedy: "list \(ControlMap.mostButtons) at most")
        }
        let speed = readSpeed()
        let watchdog = section.require(
            "watchdog", section.section("watchdog"),
            remedy: "name the machine's own watchdog: without one it is not controlled remotely"
        ).flatMap(readWatchdog)
        let standstill = section.require(
            "standstill", readCondition(section, "standstill"),
            remedy:
                "say which point tells that the machine stands still, e.g. `standstill: {point: Standstill, is: true}`")
        let permit = section.section("permit").flatMap(readPermit)
        let safeState = section.sections("safe_state").compactMap { readSetting($0) }
        let release = section.sections("release").compactMap { readSetting($0) }
        let interlocks = section.sections("interlocks").compactMap(readInterlock)
        guard let speed, let watchdog, let standstill, !axes.isEmpty else { return nil }
        return ControlMap(
            axes: axes, buttons: buttons, enable: point(section, "enable", writable: true), speedCap: speed.point,
            topSpeed: speed.top, creepSpeed: speed.creep, speedUnit: speed.unit, watchdog: watchdog, permit: permit,
            safeState: safeState, release: release, standstill: standstill, neutral: readCondition(section, "neutral"),
            emergencyStop: readCondition(section, "emergency_stop"), local: readCondition(section, "local"),
            interlocks: interlocks)
    }

    private func readAxis(_ axis: Section) -> ControlMap.Axis? {
        defer { axis.finish() }
        let id = axis.require("id", axis.identifier("id"), remedy: "name the axis, e.g. `id: travel`")
        let point = axis.require("point", point(axis, "point", writable: true), remedy: "name the point it writes")
        let rest = axis.decimal("rest") ?? .zero
        let readBack = self.point(axis, "read_back", writable: false)
        let isLimited = axis.flag("limited") ?? false
        guard let id, let point else { return nil }
        guard let least = point.write?.minimum, let most = point.write?.maximum, point.type.isNumber,
            least.double <= rest.double, rest.double <= most.double
        else {
            axis.reject(
                "point", "'\(point.id)' has no limits around the rest value \(rest)",
                remedy: "give the point `write: {min: …, max: …}`: full deflection goes from one to the other")
            return nil
        }
        return ControlMap.Axis(id: id, point: point, rest: rest, readBack: readBack, isLimited: isLimited)
    }

    private func readButton(_ button: Section) -> ControlMap.Button? {
        defer { button.finish() }
        let id = button.require("id", button.identifier("id"), remedy: "name the button")
        let point = button.require("point", point(button, "point", writable: true), remedy: "name the point it writes")
        guard let id, let point else { return nil }
        return ControlMap.Button(id: id, point: point)
    }

    private func readSpeed() -> (top: DecimalNumber, creep: DecimalNumber, unit: String, point: Point?)? {
        let speed = section.require(
            "speed", section.section("speed"),
            remedy: "give full and creep speed: `speed: {top: 10, creep: 2, unit: km/h}`")
        guard let speed else { return nil }
        defer { speed.finish() }
        let top = speed.require("top", speed.decimal("top"), remedy: "give the speed at full deflection")
        let creep = speed.require(
            "creep", speed.decimal("creep"), remedy: "give the speed that is safe without a picture")
        let cap = point(speed, "point", writable: true)
        guard let top, let creep else { return nil }
        guard top.double > 0, creep.double >= 0, creep.double <= top.double else {
            speed.reject("creep", "creep \(creep) and top \(top)", remedy: "0 ≤ creep ≤ top, and top above 0")
            return nil
        }
        return (top, creep, speed.text("unit") ?? "km/h", cap)
    }

    private func readWatchdog(_ watchdog: Section) -> ControlMap.Watchdog? {
        defer { watchdog.finish() }
        let counter = watchdog.require(
            "counter", point(watchdog, "counter", writable: true),
            remedy: "name the register that the machine's watchdog looks at")
        let longest = watchdog.duration("at_most", in: .milliseconds(100)...(.seconds(5))) ?? .milliseconds(500)
        let time = point(watchdog, "time", writable: false)
        let applied = point(watchdog, "applied", writable: false)
        let conditions = watchdog.sections("conditions").compactMap { section -> PointCondition? in
            readSetting(section, writable: false, key: "is")
        }
        let tripped = readCondition(watchdog, "tripped")
        return counter.map {
            ControlMap.Watchdog(
                counter: $0, applied: applied, time: time, longest: longest, conditions: conditions, tripped: tripped)
        }
    }

    private func readPermit(_ permit: Section) -> ControlMap.Permit? {
        defer { permit.finish() }
        func points(_ key: String, writable: Bool, isNeeded: Bool) -> ControlMap.PermitPoints? {
            guard let part = permit.section(key) else {
                if isNeeded {
                    permit.reject(nil, "'\(key)' is missing", remedy: "name its points: `\(key): {epoch: …, stop: …}`")
                }
                return nil
            }
            defer { part.finish() }
            let epoch = part.require(
                "epoch", point(part, "epoch", writable: writable), remedy: "name the epoch's point")
            let stop = part.require("stop", point(part, "stop", writable: writable), remedy: "name the stop's point")
            let request = point(part, "request", writable: writable)
            guard let epoch, let stop else { return nil }
            guard epoch.type.width >= 2 else {
                part.reject(
                    "epoch", "'\(epoch.id)' has 16 bits", remedy: "an epoch needs 32 or 64: it never comes back")
                return nil
            }
            return ControlMap.PermitPoints(epoch: epoch, stop: stop, request: request)
        }
        let drive = points("drive", writable: true, isNeeded: true)
        let arm = points("arm", writable: true, isNeeded: true)
        let safe = points("safe", writable: true, isNeeded: true)
        let held = points("held", writable: false, isNeeded: false)
        guard let drive, let arm, let safe else { return nil }
        return ControlMap.Permit(drive: drive, arm: arm, safe: safe, held: held)
    }

    private func readInterlock(_ interlock: Section) -> ControlMap.Interlock? {
        let text = interlock.require("text", interlock.text("text"), remedy: "say what is wrong when it does not hold")
        guard let condition = readSetting(interlock, writable: false, key: "is"), let text else { return nil }
        return ControlMap.Interlock(condition: condition, text: text)
    }

    // MARK: Points and values

    private func readCondition(_ parent: Section, _ key: String) -> PointCondition? {
        parent.section(key).flatMap { readSetting($0, writable: false, key: "is") }
    }

    private func readSetting(_ part: Section, writable: Bool = true, key: String = "value") -> PointCondition? {
        defer { part.finish() }
        let point = part.require("point", point(part, "point", writable: writable), remedy: "name the point")
        let value = part.require(key, value(part, key), remedy: "give the value, e.g. `\(key): 1`")
        guard let point, let value else { return nil }
        guard writable else { return PointCondition(point: point, value: value) }
        do throws(EncodingFault) {
            _ = try RegisterEncoder(point).encode(value)
        } catch {
            part.reject(
                key, "\(value) cannot be written to '\(point.id)'", remedy: "write a value of its kind and range")
            return nil
        }
        return PointCondition(point: point, value: value)
    }

    private func value(_ part: Section, _ key: String) -> CommandValue? {
        part.read(key, "true, false or a number") { text, quoted in
            if quoted { return .text(text) }
            if text == "true" || text == "false" { return .bool(text == "true") }
            return DecimalNumber(text).map(CommandValue.number)
        }
    }

    private func point(_ part: Section, _ key: String, writable: Bool) -> Point? {
        guard let name = part.text(key) else { return nil }
        guard let point = points[name] else {
            part.reject(key, "the profile has no point '\(name)'", remedy: "list it under `points:`")
            return nil
        }
        guard !writable || point.write != nil else {
            part.reject(
                key, "the point '\(name)' cannot be written", remedy: "give it `access: read_write` and `write:`")
            return nil
        }
        return point
    }
}
