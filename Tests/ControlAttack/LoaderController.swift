import FieldModel

/// A drive as the loader's data sheet lays it out: holding registers 100 to 112, in one write.
package struct DriveWrite: Hashable, Sendable {
    package var permit: DrivePermit
    package var counter: UInt16
    package var enable: Bool
    /// Travel, steering, boom, bucket in thousandths.
    package var axes: SIMD4<Int16>
    /// Hundredths of km/h.
    package var speedCap: UInt16

    /// Nil for any other write.
    package init?(_ request: WriteRequest) {
        guard request.table == .holding, request.address == 100, request.values.count == 13 else { return nil }
        let words = request.values
        permit = LoaderController.permit(words[0..<6])
        counter = words[6]
        enable = words[7] == 1
        axes = SIMD4(
            Int16(bitPattern: words[8]), Int16(bitPattern: words[9]), Int16(bitPattern: words[10]),
            Int16(bitPattern: words[11]))
        speedCap = words[12]
    }
}

/// The wheel loader's controller by register address, as the data sheet in Docs/simulators.md has it: it shares no
/// map, no codec and no spans with the product.
package struct LoaderController: Sendable {
    package private(set) var permit: DrivePermit?
    package private(set) var fence = DrivePermit(epoch: 0, stop: 0)
    package private(set) var axes = SIMD4<Int16>(repeating: 0)
    package private(set) var isEnabled = false
    package private(set) var hasTripped = false
    package private(set) var drivesRefused: UInt16 = 0
    package private(set) var brakeIsWanted = false
    package private(set) var horn = false
    package private(set) var beacon = false
    package var emergencyStop = false
    package var localKey = false
    package var coolantAlarm = false
    /// Milliseconds, and 0 off, 1 by the counter, 2 by any request.
    package var watchdog: (time: UInt16, mode: UInt16) = (500, 1)
    /// From set-points at rest to standstill.
    package var braking = Duration.milliseconds(120)
    private var counter: UInt16 = 0
    private var applied: UInt16 = 0
    private var fed = Instant(nanoseconds: 0)
    private var restsSince = Instant(nanoseconds: 0)

    package init() {}

    package var isNeutral: Bool { axes == .zero && !isEnabled }

    /// The watchdog, looked at whenever time has passed.
    package mutating func pass(to now: Instant) {
        guard permit != nil, fed.duration(to: now) > .milliseconds(Int64(watchdog.time)) else { return }
        if let permit { fence = max(fence, DrivePermit(epoch: permit.epoch, stop: permit.stop &+ 1)) }
        hasTripped = true
        rest(at: now)
    }

    private mutating func rest(at now: Instant) {
        if !isNeutral { restsSince = now }
        (permit, axes, isEnabled, brakeIsWanted) = (nil, .zero, false, true)
    }

    // MARK: Writes

    package mutating func write(_ request: WriteRequest, at now: Instant) {
        pass(to: now)
        if let drive = DriveWrite(request) { return obey(drive, at: now) }
        if request.table == .coil {
            for (offset, value) in request.values.enumerated() { switchCoil(Int(request.address) + offset, value != 0) }
            return
        }
        switch (request.address, request.values.count) {
        case (120, 7) where request.values[6] == 1: arm(Self.permit(request.values[0..<6]), at: now)
        case (130, 7) where request.values[6] == 1:
            fence = max(fence, Self.permit(request.values[0..<6]))
            rest(at: now)
        case (142, 1): brakeIsWanted = request.values[0] == 1
        default: break
        }
    }

    private mutating func switchCoil(_ address: Int, _ isOn: Bool) {
        if address == 1 { horn = isOn }
        if address == 2 { beacon = isOn }
    }

    private mutating func arm(_ wanted: DrivePermit, at now: Instant) {
        guard wanted >= fence, isNeutral, !emergencyStop, !localKey else {
            permit = nil
            return
        }
        (permit, hasTripped, fed, counter) = (wanted, false, now, 0)
    }

    private mutating func obey(_ drive: DriveWrite, at now: Instant) {
        guard let permit, permit == drive.permit, !emergencyStop, !localKey else {
            drivesRefused &+= 1
            return
        }
        if !isNeutral { restsSince = now }
        (isEnabled, axes) = (drive.enable, drive.enable ? drive.axes : .zero)
        if !isNeutral { restsSince = now }
        guard drive.counter != counter else { return }
        (counter, applied, fed) = (drive.counter, drive.counter, now)
    }

    // MARK: Reads

    package mutating func read(_ request: ReadRequest, at now: Instant) -> [UInt16] {
        pass(to: now)
        return (0..<Int(request.count)).map { offset in
            let address = Int(request.address) + offset
            return switch request.table {
            case .input: input(address, at: now)
            case .holding: holding(address)
            case .coil: address == 1 && horn || address == 2 && beacon ? 1 : 0
            case .discrete: 0
            }
        }
    }

    private func input(_ address: Int, at now: Instant) -> UInt16 {
        switch address {
        case 11: coolantAlarm ? 1 << 4 : 0
        case 100: state
        case 101: statusWord(at: now)
        case 102...105: UInt16(truncatingIfNeeded: (permit?.epoch ?? 0) >> UInt64(16 * (105 - address)))
        case 106...107: UInt16(truncatingIfNeeded: (permit?.stop ?? 0) >> UInt32(16 * (107 - address)))
        case 108: applied
        case 109...112: UInt16(bitPattern: axes[address - 109])
        default: 0
        }
    }

    private var state: UInt16 {
        if emergencyStop { return 5 }
        if localKey { return 0 }
        if hasTripped { return 4 }
        return permit == nil ? 1 : isEnabled ? 3 : 2
    }

    private func statusWord(at now: Instant) -> UInt16 {
        let stands = isNeutral && restsSince.duration(to: now) >= braking
        let bits = [
            stands, isNeutral, stands && brakeIsWanted, emergencyStop, localKey, watchdog.mode == 1 && !hasTripped,
            drivesRefused > 0, !localKey && !emergencyStop,
        ]
        return bits.enumerated().reduce(0) { $1.element ? $0 | 1 << UInt16($1.offset) : $0 }
    }

    private func holding(_ address: Int) -> UInt16 {
        switch address {
        case 140: watchdog.time
        case 141: watchdog.mode
        case 142: brakeIsWanted ? 1 : 0
        default: 0
        }
    }

    /// Four words of epoch, two of the stop's number, the most significant first.
    static func permit(_ words: ArraySlice<UInt16>) -> DrivePermit {
        let epoch = words.prefix(4).reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let stop = words.dropFirst(4).reduce(UInt32(0)) { $0 << 16 | UInt32($1) }
        return DrivePermit(epoch: epoch, stop: stop)
    }
}
