import CSystem
import FieldModel
import Platform

/// A joystick or a pad of Linux: `/dev/input/event…`, or a FIFO with the same records.
///
/// A FIFO that nobody has opened for writing yet is a device that is still; one whose writers have gone is unplugged.
public final class Joystick: OperatorInputDevice {
    private let path: String
    private let file: Int32
    private let isDevice: Bool
    /// The records carry the time when they happened, on our clock: what waited while the console slept is known as old.
    private var isStamped = false
    private var state: JoystickState
    /// The beginning of a record whose rest has not come yet.
    private var pending: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 170 * InputRecord.size)
    private var isOpen = true
    public private(set) var fault: String?

    public init(path: String, map: JoystickMap = .gamepad) throws(InputFault) {
        self.path = path
        file = fg_input_open(path)
        guard file >= 0 else { throw InputFault(InputTrouble.text(path, -file)) }
        let kind = fg_input_kind(file)
        isDevice = kind == 1
        state = JoystickState(map: map)
        // From here on all is set: what is thrown runs `deinit`, which closes the file.
        guard kind > 0 else { throw InputFault(InputTrouble.noDevice(path)) }
        if isDevice { try greet() }
    }

    deinit { close() }

    /// Gives the device back. Take it off its loop before.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        fail("\(path) was closed")
        CSystem.close(file)
    }

    public var descriptor: Int32 { fault == nil ? file : -1 }

    public func ready(_ events: EventInterest, at now: Instant) { takeIn(at: now) }

    public func sample(at now: Instant) -> OperatorSample {
        takeIn(at: now)
        state.judgeSilence(at: now)
        return state.sample()
    }

    /// Reads all there is. A device that is faster than this is not known as it is now, so what it holds is let go.
    private func takeIn(at now: Instant) {
        for _ in 0..<32 {
            guard fault == nil else { return }
            let count = CSystem.read(file, &buffer, buffer.count)
            let code = count < 0 ? fg_errno() : 0
            guard count > 0 else {
                if code == EINTR { continue }
                if count == 0 { judgeEnd() } else if code != EAGAIN { fail(InputTrouble.text(path, code)) }
                return
            }
            take(count, at: now)
        }
        state.lose()
    }

    private func take(_ count: Int, at now: Instant) {
        pending.append(contentsOf: buffer[..<count])
        let whole = pending.count / InputRecord.size
        var wasLost = false
        pending.withUnsafeBytes { bytes in
            for place in 0..<whole {
                let record = InputRecord(UnsafeRawBufferPointer(rebasing: bytes[(place * InputRecord.size)...]))
                if state.handle(record, at: time(of: record, at: now)) { wasLost = true }
            }
        }
        pending.removeFirst(whole * InputRecord.size)
        if wasLost { resynchronise() }
    }

    private func time(of record: InputRecord, at now: Instant) -> Instant {
        isStamped ? min(now, Instant(nanoseconds: record.time.wholeNanoseconds)) : now
    }

    /// A FIFO without a writer reads as an end too: only one that had a writer is at its end.
    private func judgeEnd() {
        guard isDevice || fg_hung_up(file) != 0 else { return }
        fail("\(path) is at its end: who wrote to it has gone; start it and the console again")
    }

    private func fail(_ text: String) {
        if fault == nil { fault = text }
        state.lose()
    }
}

// MARK: What only a device can be asked

extension Joystick {
    /// Learns the device's ranges, and where its sticks are now: it tells changes only.
    private func greet() throws(InputFault) {
        var axes: [JoystickMap.Axis] = []
        for axis in state.map.axes {
            var told: [Int32] = [0, 0, 0, 0]
            let status = fg_input_axis(file, UInt32(axis.code), &told)
            guard status == 0, told[2] > told[1] else {
                throw InputFault(InputTrouble.noAxis(path, axis.code, -status))
            }
            axes.append(axis.with(minimum: told[1], maximum: told[2], flat: told[3]))
        }
        state.learn(axes)
        isStamped = fg_input_stamp_boottime(file) == 0
        resynchronise()
    }

    /// Asks where everything is. A FIFO cannot be asked: its axes rest until they are told anew.
    private func resynchronise() {
        guard isDevice, fault == nil else { return }
        var axes: [Int32] = []
        for axis in state.map.axes {
            var told: [Int32] = [0, 0, 0, 0]
            let status = fg_input_axis(file, UInt32(axis.code), &told)
            guard status == 0 else { return fail(InputTrouble.text(path, -status)) }
            axes.append(told[0])
        }
        let map = state.map
        let down = ([map.enable, map.stop] + map.buttons).filter { fg_input_key(file, UInt32($0)) == 1 }
        state.resynchronise(axes: axes, keysDown: Set(down))
    }
}

/// Why an input device cannot be used, and what to do about it.
enum InputTrouble {
    static func text(_ path: String, _ code: Int32) -> String {
        switch code {
        case ENOENT, ENXIO: "\(path) is not there: is it plugged in? `ls -l /dev/input/by-id` shows what is"
        case ENODEV: "\(path) was unplugged: plug it in again and start the console again"
        case EACCES, EPERM: "\(path) must not be opened by this user: add it to the group input, or write a udev rule"
        default: "\(path) cannot be read: \(SystemError.text(code)); plug it in again, or choose another device"
        }
    }

    static func noDevice(_ path: String) -> String {
        "\(path) is neither an input device nor a FIFO: name a device (/dev/input/event…), or replay it if it is a recording"
    }

    static func noAxis(_ path: String, _ code: UInt16, _ error: Int32) -> String {
        error == ENOTTY
            ? "\(path) is no input device; `ls -l /dev/input/by-id` shows which there are (the names end in -event-joystick)"
            : "\(path) has no axis \(code), which the map asks for: choose another device, or a map that suits it"
    }
}
