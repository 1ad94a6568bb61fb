import FieldModel

/// What a stream of evdev records says. Records take force together, at the report that ends their packet.
///
/// When something is lost, nothing is guessed: enable counts as released until it is seen released and pressed again.
struct JoystickState {
    private(set) var map: JoystickMap
    /// In force, and what the packet under way will make of it.
    private var current: Packet
    private var next: Packet
    /// Between a loss and the next report.
    private var isDiscarding = false
    /// The last report's arrival.
    private var lastReport: Instant?

    private struct Packet {
        var sample: OperatorSample
        /// Something was lost: a press of enable counts after its release only.
        var isBarred = false
    }

    init(map: JoystickMap) {
        self.map = map
        current = Packet(sample: OperatorSample(axes: map.axes.map { _ in 0 }))
        next = current
    }

    /// Takes the next record; true when the records before it were lost and what can be asked should be asked.
    mutating func handle(_ record: InputRecord, at now: Instant) -> Bool {
        switch (record.type, record.code) {
        case (InputRecord.Kind.synchronisation, InputRecord.dropped.code):
            lose()
            isDiscarding = true
        case (InputRecord.Kind.synchronisation, InputRecord.report.code):
            defer { isDiscarding = false }
            current = next
            lastReport = now
            return isDiscarding
        case (InputRecord.Kind.key, _) where !isDiscarding: press(record)
        case (InputRecord.Kind.absolute, _) where !isDiscarding: move(record)
        default: break
        }
        return false
    }

    func sample() -> OperatorSample { current.sample }

    /// Releases everything when the device has said nothing for too long to be told from a frozen one.
    mutating func judgeSilence(at now: Instant) {
        // Silence counts from the first look at the latest.
        let last = lastReport ?? now
        lastReport = last
        guard let silence = map.silence, last.duration(to: now) > silence else { return }
        let wasHeld = current.sample.enable || next.sample.enable
        guard wasHeld || current.sample != current.sample.released else { return }
        // Nothing was lost: an enable that was up can still be pressed.
        release(barring: wasHeld || next.isBarred)
    }

    /// Records were lost: forgets what is held, at once.
    mutating func lose() { release(barring: true) }

    private mutating func release(barring isBarred: Bool) {
        current = Packet(sample: current.sample.released, isBarred: isBarred)
        next = current
    }

    private mutating func press(_ record: InputRecord) {
        // 2 is a key's own repetition: nothing has changed.
        guard record.value == 0 || record.value == 1 else { return }
        let isDown = record.value == 1
        switch record.code {
        case map.enable:
            if !isDown { next.isBarred = false }
            next.sample.enable = isDown && !next.isBarred
        case map.stop: next.sample.stops += isDown ? 1 : 0
        case map.acknowledge: next.sample.acknowledgements += isDown ? 1 : 0
        case map.handOver: next.sample.handOvers += isDown ? 1 : 0
        case map.quit: next.sample.quits += isDown ? 1 : 0
        default: hold(record.code, isDown)
        }
    }

    private mutating func hold(_ code: UInt16, _ isDown: Bool) {
        guard let place = map.buttons.prefix(32).firstIndex(of: code) else { return }
        let bit = UInt32(1) << UInt32(place)
        next.sample.buttons = isDown ? next.sample.buttons | bit : next.sample.buttons & ~bit
    }

    private mutating func move(_ record: InputRecord) {
        for (place, axis) in map.axes.enumerated() where axis.code == record.code {
            next.sample.axes[place] = axis.position(of: record.value)
        }
    }
}

// MARK: What a device tells when it is asked

extension JoystickState {
    /// The ranges that the device itself tells, by place.
    mutating func learn(_ axes: [JoystickMap.Axis]) {
        map.axes = axes
    }

    /// What is true now, after a loss or at the start. Enable that is up has been seen released; enable that is down
    /// stays barred. A stop that is down is a stop, even if it was counted before.
    mutating func resynchronise(axes: [Int32], keysDown: Set<UInt16>) {
        next.isBarred = keysDown.contains(map.enable)
        next.sample.enable = false
        for (place, axis) in map.axes.enumerated() { next.sample.axes[place] = axis.position(of: axes[place]) }
        for code in map.buttons { hold(code, keysDown.contains(code)) }
        if keysDown.contains(map.stop) { next.sample.stops += 1 }
        current = next
    }
}
