import CSystem
import FieldGateTesting
import FieldModel
import Platform
import Testing

@testable import OperatorInput

/// A keyboard on a pseudo-terminal: the test is the window in front of it.
@Suite struct KeyboardTests {
    private let start = Instant(nanoseconds: 5_000_000_000)

    @Test func `keys come at once, without a line's end and unseen`() async throws {
        let window = try Window()
        let keyboard = try Keyboard(path: window.path)
        window.type(" wi")
        try await eventually("three keys") { keyboard.sample(at: start).axes[2] != 0 }
        #expect(keyboard.sample(at: start) == OperatorSample(enable: true, axes: [0.1, 0, 0.1, 0]))
        #expect(window.shown().isEmpty)
    }

    @Test func `a terminal that tells nothing more releases enable and axes`() async throws {
        let window = try Window()
        let keyboard = try Keyboard(path: window.path)
        window.type(" w")
        try await eventually("two keys") { keyboard.sample(at: start).axes[0] != 0 }
        #expect(keyboard.sample(at: start + .milliseconds(700)).enable)
        #expect(keyboard.sample(at: start + .milliseconds(701)) == OperatorSample(axes: [0, 0, 0, 0]))
    }

    @Test func `Control-C, Enter and flow control reach the console as keys`() async throws {
        let window = try Window()
        let keyboard = try Keyboard(path: window.path)
        window.type("\u{13}\u{11}\u{1c}\r\u{03}")
        try await eventually("the last key") { keyboard.sample(at: start).quits == 1 }
        #expect(
            keyboard.sample(at: start) == OperatorSample(axes: [0, 0, 0, 0], stops: 1, acknowledgements: 1, quits: 1))
    }

    @Test func `a window that closes is a fault that releases`() async throws {
        let window = try Window()
        let keyboard = try Keyboard(path: window.path)
        window.type(" w")
        try await eventually("two keys") { keyboard.sample(at: start).axes[0] != 0 }
        window.close()
        try await eventually("the hang-up") { !keyboard.sample(at: start).enable }
        #expect(keyboard.fault?.contains("\(window.path) has gone") == true)
        #expect(keyboard.descriptor == -1)
        #expect(keyboard.sample(at: start) == OperatorSample(axes: [0, 0, 0, 0]))
    }

    @Test func `the terminal is restored on closing, and when the keyboard is dropped`() throws {
        let window = try Window()
        let before = window.settings()
        for closes in [true, false] {
            var keyboard: Keyboard? = try Keyboard(path: window.path)
            #expect(window.settings().c_lflag != before.c_lflag)
            #expect(window.settings().c_lflag & UInt32(ICANON | ECHO | ISIG) == 0)
            #expect(window.settings().c_oflag == before.c_oflag)
            if closes { keyboard?.close() }
            keyboard = nil
            #expect(window.settings().c_lflag == before.c_lflag)
            #expect(window.settings().c_iflag == before.c_iflag)
        }
    }

    @Test func `what was typed before the start is not for the console`() async throws {
        let window = try Window()
        window.type(" q\n")
        // The echo shows that the line discipline has the keys: a pseudo-terminal hands them on in its own time.
        var echo: [UInt8] = []
        try await eventually("the echo") {
            echo += window.shown()
            return echo.last == UInt8(ascii: "\n")
        }
        let keyboard = try Keyboard(path: window.path)
        window.type("h")
        try await eventually("the key after the start") { keyboard.sample(at: start).handOvers == 1 }
        #expect(keyboard.sample(at: start) == OperatorSample(axes: [0, 0, 0, 0], handOvers: 1))
    }

    @Test func `what is no terminal, and what is not there, is refused with a remedy`() {
        let none = #expect(throws: InputFault.self) { try Keyboard(path: "/dev/null") }
        #expect(none?.description.contains("is no terminal") == true)
        let absent = #expect(throws: InputFault.self) { try Keyboard(path: "/dev/fieldgate-absent") }
        #expect(absent?.description.contains("there is no terminal here") == true)
    }
}

/// The master side of a pseudo-terminal whose slave is a plain, cooked terminal.
private final class Window {
    let path: String
    private var master: Int32
    /// Keeps the settings alive while no keyboard has the terminal open.
    private let slave: Int32

    init() throws {
        var name = [CChar](repeating: 0, count: 64)
        master = try SystemError.check(fg_open_pseudo_terminal(&name, name.count))
        _ = fg_set_nonblocking(master)
        let end = name.firstIndex(of: 0) ?? name.count
        path = String(decoding: name[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        slave = try SystemError.check(fg_open(path, O_RDWR | O_NOCTTY, 0))
        var cooked = settings()
        cooked.c_lflag |= UInt32(ICANON | ECHO | ISIG | IEXTEN)
        cooked.c_iflag |= UInt32(ICRNL | IXON)
        cooked.c_oflag |= UInt32(OPOST | ONLCR)
        try SystemError.check(tcsetattr(slave, TCSANOW, &cooked))
    }

    deinit {
        close()
        CSystem.close(slave)
    }

    func settings() -> termios {
        var settings = termios()
        tcgetattr(slave, &settings)
        return settings
    }

    func type(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = write(master, bytes, bytes.count)
    }

    func shown() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(master, &buffer, buffer.count)
        return Array(buffer[..<max(0, count)])
    }

    func close() {
        if master >= 0 { CSystem.close(master) }
        master = -1
    }
}
