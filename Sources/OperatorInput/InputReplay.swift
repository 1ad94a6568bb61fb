import FieldModel
import Platform

/// A recording of evdev records as a device: it runs from `start` on, at the speed it was recorded.
///
/// It is as trustworthy as a joystick: silence and lost records release enable here too, and its end is a fault.
public final class InputReplay: OperatorInputDevice {
    private let path: String
    private let records: [InputRecord]
    private var state: JoystickState
    private var position = 0
    private var started: Instant?
    public private(set) var fault: String?

    public init(path: String, map: JoystickMap = .gamepad) throws(InputFault) {
        self.path = path
        state = JoystickState(map: map)
        records = try Self.read(path)
    }

    private static func read(_ path: String) throws(InputFault) -> [InputRecord] {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try FileText.bytes(path) } catch {
            throw InputFault("\(path) cannot be read: \(error); check the path and its permissions")
        }
        guard !bytes.isEmpty, bytes.count.isMultiple(of: InputRecord.size) else {
            throw InputFault(
                "\(path) is no recording: it is not whole records of \(InputRecord.size) bytes; record anew")
        }
        return bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: InputRecord.size).map { place in
                InputRecord(UnsafeRawBufferPointer(rebasing: bytes[place...]))
            }
        }
    }

    /// The recording's first record happens now.
    public func start(at now: Instant) { started = now }

    public func sample(at now: Instant) -> OperatorSample {
        play(until: now)
        state.judgeSilence(at: now)
        return state.sample()
    }

    private func play(until now: Instant) {
        guard let started, fault == nil, let first = records.first else { return }
        while position < records.count {
            let due = started + (records[position].time - first.time)
            guard due <= now else { return }
            // As silence between two of them would have been seen on the way.
            state.judgeSilence(at: due)
            _ = state.handle(records[position], at: due)
            position += 1
        }
        fault = "\(path) is at its end"
        state.lose()
    }

    public var descriptor: Int32 { -1 }
    public var interest: EventInterest { [] }
    public func ready(_ events: EventInterest, at now: Instant) {}
}
