import CSystem
import FieldModel
import Platform

/// Writes evdev records to a file or a FIFO, for a `Joystick` to read: what an operator did, or what a test wants done.
public final class RecordedInput {
    private let path: String
    private let file: Int32
    private let map: JoystickMap
    private var start: Instant?
    private var last: OperatorSample

    /// Opens `path`, making a file where nothing is. A FIFO needs its reader first.
    public init(path: String, map: JoystickMap = .gamepad) throws(InputFault) {
        self.path = path
        self.map = map
        last = OperatorSample(axes: map.axes.map { _ in 0 })
        file = fg_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, 0o640)
        guard file >= 0 else {
            let reason =
                -file == ENXIO ? "nobody reads this FIFO: start its reader first" : SystemError.text(-file)
            throw InputFault("\(path) cannot be written: \(reason)")
        }
    }

    deinit { if file >= 0 { close(file) } }

    /// Writes raw bytes in one piece: records, or what a broken device would send.
    ///
    /// The caller ignores SIGPIPE when the path is a FIFO.
    public func write(_ bytes: [UInt8]) throws(InputFault) {
        let count = CSystem.write(file, bytes, bytes.count)
        guard count != bytes.count else { return }
        let reason =
            switch count < 0 ? fg_errno() : ENOSPC {
            case EAGAIN: "its reader does not read"
            case EPIPE: "its reader has gone"
            case let code: SystemError.text(code)
            }
        throw InputFault("\(path) takes no more records: \(reason)")
    }

    public func write(_ records: [InputRecord]) throws(InputFault) {
        try write(records.flatMap(\.bytes))
    }

    /// Writes what has changed since the sample before, as the map has it, and ends the packet even if nothing has: a
    /// sign of life. Times count from the first sample.
    public func record(_ sample: OperatorSample, at now: Instant) throws(InputFault) {
        let start = self.start ?? now
        self.start = start
        var records = changes(to: sample)
        records.append(.report)
        for place in records.indices { records[place].time = start.duration(to: now) }
        try write(records)
        last = sample
    }

    private func changes(to sample: OperatorSample) -> [InputRecord] {
        var records: [InputRecord] = []
        for (axis, (old, new)) in zip(map.axes, zip(last.axes, sample.axes)) where old != new {
            records.append(.axis(axis.code, axis.raw(of: new)))
        }
        for (place, code) in map.buttons.prefix(32).enumerated() {
            let bit = UInt32(1) << UInt32(place)
            if (last.buttons ^ sample.buttons) & bit != 0 { records.append(.key(code, sample.buttons & bit != 0)) }
        }
        let presses = [
            (map.stop, sample.stops - last.stops), (map.acknowledge, sample.acknowledgements - last.acknowledgements),
            (map.handOver, sample.handOvers - last.handOvers), (map.quit, sample.quits - last.quits),
        ]
        for (code, times) in presses {
            for _ in 0..<max(0, times) { records += [.key(code, true), .key(code, false)] }
        }
        if last.enable != sample.enable { records.append(.key(map.enable, sample.enable)) }
        return records
    }
}
