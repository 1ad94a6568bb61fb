import FieldModel

/// Reads `control.safe_state` and `control.release` of a profile: what is written around a stop, in order.
struct SettingsReader {
    private let section: Section
    private let points: ControlPoints
    private let roles: ControlRoles

    init(_ section: Section, points: ControlPoints, roles: ControlRoles) {
        self.section = section
        self.points = points
        self.roles = roles
    }

    /// After neutral, and read back.
    func safeState() -> [PointCondition] {
        settings("safe_state") { part, setting in
            if !setting.point.isReadable {
                part.reject(
                    "point", "'\(setting.point.id)' is never read back, so the safe state would not be confirmed",
                    remedy: "give it `access: read_write`, or `write: {read_back: true}`")
            }
        }
    }

    /// Before arming.
    func release() -> [PointCondition] { settings("release") { _, _ in } }

    private func settings(_ key: String, _ check: (Section, PointCondition) -> Void) -> [PointCondition] {
        var seen: Set<String> = []
        return section.sections(key).compactMap { part in
            guard let setting = points.setting(part) else { return nil }
            if !seen.insert(setting.point.id).inserted {
                part.reject("point", "'\(setting.point.id)' is there twice", remedy: "set each point once")
            }
            guard let role = roles.role(of: setting.point) else {
                check(part, setting)
                return setting
            }
            part.reject(
                "point", "'\(setting.point.id)' is \(role), which control brings to rest by itself",
                remedy: "leave it out of `\(key)`")
            return setting
        }
    }
}
