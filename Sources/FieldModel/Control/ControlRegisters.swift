/// Turns what control wants into registers of one machine, and the machine's registers into what it says of itself.
public struct ControlRegisters: Sendable {
    private let map: ControlMap
    private let unit: UInt8
    private let driveBlock: WriteBlocks
    private let buttonBlock: WriteBlocks
    /// Buttons as they were written last: they are written again when they change.
    private var pressed: UInt32?
    private let armBlock: WriteBlocks?
    private let safeBlock: WriteBlocks
    private let releaseBlock: WriteBlocks
    private let safePoints: WriteBlocks
    private let status: RegisterSpans
    private let readBacks: RegisterSpans

    public init(_ map: ControlMap, unit: UInt8) {
        self.map = map
        self.unit = unit
        var drive = map.axes.map(\.point) + [map.watchdog.counter]
        drive += [map.enable, map.speedCap, map.permit?.drive.epoch, map.permit?.drive.stop].compactMap(\.self)
        driveBlock = WriteBlocks(drive, unit: unit)
        buttonBlock = WriteBlocks(map.buttons.map(\.point), unit: unit)
        armBlock = map.permit.map { WriteBlocks(Self.points(of: $0.arm), unit: unit) }
        safeBlock = WriteBlocks(map.permit.map { Self.points(of: $0.safe) } ?? [], unit: unit)
        releaseBlock = WriteBlocks(map.release.map(\.point), unit: unit, keepsOrder: true)
        safePoints = WriteBlocks(map.safeState.map(\.point), unit: unit, keepsOrder: true)
        status = RegisterSpans(Self.statusPoints(map), unit: unit, longest: map.maxRegisters)
        readBacks = RegisterSpans(map.safeState.map(\.point), unit: unit, longest: map.maxRegisters)
    }

    // MARK: Writes

    /// Set-points; one request where the profile's points lie together.
    public mutating func drive(_ order: DriveOrder) -> [WriteRequest] {
        let requests = setPoints(order)
        guard order.buttons != pressed, !map.buttons.isEmpty else { return requests }
        pressed = order.buttons
        return requests + buttons(order.buttons)
    }

    private func buttons(_ pressed: UInt32) -> [WriteRequest] {
        buttonBlock.requests { point in
            let button = map.buttons.firstIndex { $0.point.id == point.id } ?? 0
            return truth(pressed >> UInt32(button) & 1 == 1, point)
        }
    }

    private func setPoints(_ order: DriveOrder) -> [WriteRequest] {
        driveBlock.requests { point in
            if let axis = map.axes.first(where: { $0.point.id == point.id }) {
                return deflection(axis, order)
            }
            if point.id == map.watchdog.counter.id { return .number(DecimalNumber(mantissa: Int64(order.counter))) }
            if point.id == map.enable?.id { return truth(order.enable, point) }
            if point.id == map.speedCap?.id { return .real(map.topSpeed.double * Double(order.speedCap) / 1000) }
            return map.permit.flatMap { permitValue(point, $0.drive, order.permit) } ?? .number(.zero)
        }
    }

    public func arm(_ permit: DrivePermit) -> [WriteRequest] {
        let release = releaseBlock.requests { value(of: $0, in: map.release) }
        guard let armBlock, let points = map.permit?.arm else { return release }
        return release + armBlock.requests { permitValue($0, points, permit) ?? .number(.one) }
    }

    /// The fence, neutral, then the profile's safe state in its order.
    public mutating func safe(_ permit: DrivePermit) -> [WriteRequest] {
        pressed = nil
        var requests: [WriteRequest] = []
        if let points = map.permit?.safe {
            requests = safeBlock.requests { permitValue($0, points, permit) ?? .number(.one) }
        }
        // Under the fence no permit is valid, so the machine takes this for rest or not at all.
        let rest = DriveOrder(
            permit: DrivePermit(epoch: 0, stop: 0), counter: 0, enable: false, axes: .rest, buttons: 0, speedCap: 0,
            validUntil: Instant(nanoseconds: .max))
        if map.permit == nil { requests += setPoints(rest) }
        return requests + buttons(0) + safePoints.requests { value(of: $0, in: map.safeState) }
    }

    // MARK: Reads

    public var statusReads: [ReadRequest] { status.requests }
    /// What is read after the safe state was written.
    public var safeReads: [ReadRequest] { readBacks.requests }

    /// The first safe-state point that does not read back as written, in a person's words.
    public func safeStateFault(_ answers: [[UInt16]]) -> String? {
        for setting in map.safeState where !holds(setting, readBacks, answers) {
            return "\(setting.point.id) does not read back as \(setting.value)"
        }
        return nil
    }

    public func report(_ answers: [[UInt16]], asked: Instant) -> MachineReport {
        var axes = AxisValues.rest
        // A read-back that says nothing is no proof of rest.
        var isRead = true
        for (index, axis) in map.axes.enumerated() {
            guard let value = axis.readBack.flatMap({ thousandths(of: axis, reading: $0, answers) }) else {
                isRead = false
                continue
            }
            axes[index] = value
        }
        let held = map.permit?.held.flatMap { points -> DrivePermit? in
            guard let epoch = number(points.epoch, answers), let stop = number(points.stop, answers) else { return nil }
            return DrivePermit(epoch: UInt64(max(0, epoch)), stop: UInt32(clamping: stop))
        }
        let watchdogFault = watchdogFault(answers)
        let failing = map.interlocks.first { !holds($0.condition, status, answers) }
        return MachineReport(
            asked: asked, standstill: holds(map.standstill, status, answers),
            neutral: map.neutral.map { holds($0, status, answers) } ?? (isRead && axes == .rest),
            emergencyStop: map.emergencyStop.map { holds($0, status, answers) } ?? false,
            localOperator: map.local.map { holds($0, status, answers) } ?? false,
            watchdogReady: watchdogFault == nil, watchdogFault: watchdogFault,
            watchdogTripped: map.watchdog.tripped.map { holds($0, status, answers) } ?? false, permit: held,
            readBack: axes, applied: map.watchdog.applied.flatMap { number($0, answers) },
            interlock: failing?.text)
    }

    /// Why the machine's watchdog can't be relied on; nil when it can.
    private func watchdogFault(_ answers: [[UInt16]]) -> String? {
        for condition in map.watchdog.conditions where !holds(condition, status, answers) {
            let point = condition.point
            let seen = real(point, answers).map { PointCondition.text(of: $0) }
            return "\(point.id) is \(seen ?? "something else"), must be \(condition.value)"
        }
        guard let time = map.watchdog.time else { return nil }
        let most = map.watchdog.longest.wholeMilliseconds
        guard let milliseconds = number(time, answers) else { return "\(time.id) cannot be read" }
        if milliseconds > most { return "\(time.id) is \(milliseconds) ms, at most \(most) ms" }
        return milliseconds > 0 ? nil : "\(time.id) is \(milliseconds) ms: it is off"
    }

    // MARK: Values

    /// Between rest and the limit on the deflection's side.
    private func deflection(_ axis: ControlMap.Axis, _ order: DriveOrder) -> CommandValue {
        guard let index = map.axes.firstIndex(of: axis) else { return .number(axis.rest) }
        var share = Double(order.axes[index]) / 1000
        if axis.isLimited, map.speedCap == nil { share *= Double(order.speedCap) / 1000 }
        guard share != 0 else { return .number(axis.rest) }
        let limit = (share > 0 ? axis.point.write?.maximum : axis.point.write?.minimum) ?? axis.rest
        return .real(axis.rest.double + abs(share) * (limit.double - axis.rest.double))
    }

    private func thousandths(of axis: ControlMap.Axis, reading point: Point, _ answers: [[UInt16]]) -> Int16? {
        guard let value = real(point, answers) else { return nil }
        let offset = value - axis.rest.double
        let limit = (offset > 0 ? axis.point.write?.maximum : axis.point.write?.minimum) ?? axis.rest
        let span = abs(limit.double - axis.rest.double)
        guard span > 0 else { return 0 }
        return Int16(max(-1000, min(1000, (offset / span * 1000).rounded())))
    }

    private func truth(_ value: Bool, _ point: Point) -> CommandValue {
        point.type == .bool ? .bool(value) : .number(value ? .one : .zero)
    }

    private func permitValue(
        _ point: Point, _ points: ControlMap.PermitPoints, _ permit: DrivePermit
    ) -> CommandValue? {
        if point.id == points.epoch.id { return .number(DecimalNumber(mantissa: Int64(clamping: permit.epoch))) }
        // The register of a stop number may be narrower than the number.
        if point.id == points.stop.id {
            return .number(DecimalNumber(mantissa: min(Int64(permit.stop), Self.most(points.stop))))
        }
        return nil
    }

    private static func most(_ point: Point) -> Int64 {
        switch point.type.width {
        case 1: 0xFFFF
        default: 0xFFFF_FFFF
        }
    }

    private func value(of point: Point, in settings: [PointCondition]) -> CommandValue {
        settings.first { $0.point.id == point.id }?.value ?? .number(.zero)
    }

    private func holds(_ condition: PointCondition, _ spans: RegisterSpans, _ answers: [[UInt16]]) -> Bool {
        spans.words(of: condition.point, in: answers).map { condition.holds(Self.decode(condition.point, $0)) } ?? false
    }

    private static func decode(_ point: Point, _ words: ArraySlice<UInt16>) -> Reading {
        words.withUnsafeBufferPointer { RegisterDecoder(point).decode($0) }
    }

    private func real(_ point: Point, _ answers: [[UInt16]]) -> Double? {
        guard let words = status.words(of: point, in: answers),
            case .good(let value) = Self.decode(point, words)
        else { return nil }
        switch value {
        case .decimal(let number): return number.double
        case .unsigned(let number): return Double(number)
        case .float(let number): return Double(number)
        case .double(let number): return number
        case .bool(let truth): return truth ? 1 : 0
        case .text: return nil
        }
    }

    private func number(_ point: Point, _ answers: [[UInt16]]) -> Int64? {
        real(point, answers).flatMap { $0.isFinite && abs($0) < 9e18 ? Int64($0) : nil }
    }

    private static func points(of permit: ControlMap.PermitPoints) -> [Point] {
        [permit.epoch, permit.stop, permit.request].compactMap(\.self)
    }

    private static func statusPoints(_ map: ControlMap) -> [Point] {
        var points = map.axes.compactMap(\.readBack) + map.watchdog.conditions.map(\.point)
        points += map.interlocks.map(\.condition.point)
        points += [
            map.standstill.point, map.neutral?.point, map.emergencyStop?.point, map.local?.point,
            map.watchdog.tripped?.point, map.watchdog.time, map.watchdog.applied, map.permit?.held?.epoch,
            map.permit?.held?.stop,
        ].compactMap(\.self)
        return points
    }
}
