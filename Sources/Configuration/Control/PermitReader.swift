import FieldModel

/// Reads `control.permit` of a profile: the registers of epoch and stop number.
struct PermitReader {
    private let section: Section
    private let points: ControlPoints
    private let roles: ControlRoles

    init(_ section: Section, points: ControlPoints, roles: ControlRoles) {
        self.section = section
        self.points = points
        self.roles = roles
    }

    /// `driving` are the other points of a drive: the permit has to travel in one write with them.
    func read(driving: [Point], isWhole: Bool) -> ControlMap.Permit? {
        defer { section.finish() }
        let drive = part("drive", .written)
        let arm = part("arm", .written)
        let safe = part("safe", .written)
        let held = section.has("held") ? part("held", .read) : nil
        guard let drive, let arm, let safe else { return nil }
        if isWhole, let (left, right) = DriveBlock(points: driving + [drive.epoch, drive.stop]).gap {
            section.reject(
                "drive",
                "a drive and its permit are not one write: '\(right.id)' does not follow '\(left.id)' at once",
                remedy: "let axes, counter, enable, speed point and permit lie side by side: the machine judges them "
                    + "together")
        }
        return ControlMap.Permit(drive: drive, arm: arm, safe: safe, held: held)
    }

    private func part(_ key: String, _ use: ControlPoints.Use) -> ControlMap.PermitPoints? {
        guard
            let part = section.require(
                key, section.section(key), remedy: "name its points: `\(key): {epoch: …, stop: …}`")
        else { return nil }
        defer { part.finish() }
        let epoch = part.require("epoch", points.point(part, "epoch", use), remedy: "name the epoch's point")
        let stop = part.require("stop", points.point(part, "stop", use), remedy: "name the stop's point")
        // A drive asks for nothing, and what is held is read.
        let request = key == "arm" || key == "safe" ? points.toggle(part, "request") : nil
        if use == .written {
            roles.take(epoch, as: "the epoch of permit.\(key)", part, "epoch")
            roles.take(stop, as: "the stop of permit.\(key)", part, "stop")
            roles.take(request, as: "the request of permit.\(key)", part, "request")
        }
        guard let epoch, let stop else { return nil }
        if ![.u32, .u64, .i64].contains(epoch.type) || epoch.scaling != .none {
            part.reject(
                "epoch", "'\(epoch.id)' is \(epoch.kind) and does not hold every epoch",
                remedy: "make it u32 or u64 without scale: an epoch only grows and never comes back")
        }
        if ![.u16, .u32, .u64, .i64].contains(stop.type) || stop.scaling != .none {
            part.reject(
                "stop", "'\(stop.id)' is \(stop.kind) and does not hold the number of every stop",
                remedy: "make it u16, u32 or u64 without scale")
        }
        return ControlMap.PermitPoints(epoch: epoch, stop: stop, request: request)
    }
}

extension Point {
    fileprivate var kind: String { scaling == .none ? type.name : "a scaled \(type.name)" }

    /// Whole numbers from 0, one by one.
    func counts(to most: Int64) -> Bool {
        let whole: [PointType] = [.u16, .u32, .u64, .i32, .i64]
        return whole.contains(type) && scaling == .none && objection(to: .number(.zero)) == nil
            && objection(to: .number(DecimalNumber(mantissa: most))) == nil
    }
}
