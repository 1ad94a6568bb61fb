import CSystem
import FieldModel
import Platform

/// The keys of a terminal.
///
/// W/S move axis 0, D/A axis 1, I/K axis 2, L/J axis 3 by a tenth up and down; x or 0 brings all to rest. Space held is
/// enable, Enter acknowledges, Esc, Backspace and Control-C stop (Control-C also ends the session), h offers a
/// hand-over, q ends the session. Output to the terminal stays as it was.
public final class Keyboard: OperatorInputDevice {
    private let path: String
    private let file: Int32
    private var former = termios()
    private var state: KeyboardState
    private var buffer = [UInt8](repeating: 0, count: 4096)
    private var isOpen = false
    public private(set) var fault: String?

    /// - Parameters:
    ///   - hold: how long enable holds after a first press: a keyboard's delay before it repeats, at least.
    ///   - repeatHold: how long it holds after a repetition.
    public init(
        path: String = "/dev/tty", axes: Int = 4, hold: Duration = .milliseconds(700),
        repeatHold: Duration = .milliseconds(150)
    ) throws(InputFault) {
        self.path = path
        state = KeyboardState(axes: axes, hold: hold, repeatHold: repeatHold)
        file = fg_open_keys(path, &former)
        guard file >= 0 else { throw InputFault(Self.trouble(path, -file)) }
        isOpen = true
    }

    deinit { close() }

    /// Restores the terminal. Take the keyboard off its loop before.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        fail("\(path) was closed")
        fg_close_keys(file, &former)
    }

    public var descriptor: Int32 { fault == nil ? file : -1 }

    public func ready(_ events: EventInterest, at now: Instant) { takeIn(at: now) }

    public func sample(at now: Instant) -> OperatorSample {
        takeIn(at: now)
        state.lapse(at: now)
        return state.current()
    }

    /// Takes all that was typed as one moment: what waited behind a lapse must not look like a key pressed now.
    private func takeIn(at now: Instant) {
        var typed: [UInt8] = []
        for _ in 0..<32 {
            guard fault == nil, let count = readSome() else { break }
            typed += buffer[..<count]
        }
        if !typed.isEmpty { state.take(typed, at: now) }
        if fault != nil { state.release() }
    }

    /// nil when there is nothing more for now, or the terminal has gone.
    private func readSome() -> Int? {
        let count = CSystem.read(file, &buffer, buffer.count)
        guard count <= 0 else { return count }
        let code = count < 0 ? fg_errno() : EIO
        guard code != EAGAIN, code != EINTR else { return nil }
        fail(
            "\(path) has gone (\(SystemError.text(code))): its window was closed or its connection is lost; start again"
        )
        return nil
    }

    private func fail(_ text: String) {
        if fault == nil { fault = text }
        state.release()
    }

    private static func trouble(_ path: String, _ code: Int32) -> String {
        switch code {
        case ENOTTY: "\(path) is no terminal: name one, or use a joystick or a script"
        case ENXIO, ENODEV, ENOENT:
            "\(path): there is no terminal here; start the console in one (ssh -t), or use a joystick or a script"
        default: "\(path) cannot be used as a keyboard: \(SystemError.text(code))"
        }
    }
}
