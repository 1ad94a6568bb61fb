import CSystem
import Platform

/// A modem on a pseudo-terminal that answers with whatever the test says.
final class ScriptedModem: Sendable {
    enum Step: Sendable {
        case say([UInt8])
        /// Noise without a line's end, for as long as the modem lives.
        case drone
        /// The port is gone; the script goes on at the next port.
        case vanish
    }

    /// What to say upon a command.
    typealias Script = @Sendable (_ command: String) -> [Step]

    private struct State {
        var master: Int32 = -1
        var path = ""
        var commands: [String] = []
        var isStopped = false
    }

    private let state = Monitor(State())
    private let script: Script
    private let thread: OwnerThread

    /// Its port is under `path`, a symbolic link, from now on.
    init(at path: String, _ script: @escaping Script) throws {
        self.script = script
        let state = self.state
        try Self.open(at: path, state)
        thread = try OwnerThread(name: "modem") { Self.serve(state, script) }
    }

    deinit { stop() }

    /// Commands received, oldest first.
    var commands: [String] { state.withLock { $0.commands } }

    func stop() {
        guard
            state.withLock({ state in
                defer { state.isStopped = true }
                return !state.isStopped
            })
        else { return }
        thread.join()
        state.withLock { Self.close(&$0) }
    }

    /// Says something unasked.
    func say(_ text: String) {
        _ = state.withLock { state in Self.write(state.master, Array(text.utf8)) }
    }

    func vanish() {
        state.withLock { Self.close(&$0) }
    }

    func appear(at path: String) throws { try Self.open(at: path, state) }

    private static func open(at path: String, _ state: Monitor<State>) throws {
        var name = [CChar](repeating: 0, count: 64)
        let master = try SystemError.check(fg_open_pseudo_terminal(&name, name.count))
        _ = fg_set_nonblocking(master)
        let end = name.firstIndex(of: 0) ?? name.count
        let port = String(decoding: name[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        state.withLock { state in
            close(&state)
            state.master = master
            state.path = path
            symlink(port, path)
        }
    }

    private static func close(_ state: inout State) {
        if state.master >= 0 {
            // As udev does it: the system gives the number to the next one that asks.
            unlink(state.path)
            CSystem.close(state.master)
        }
        state.master = -1
    }

    private static func serve(_ state: Monitor<State>, _ script: Script) {
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1024)
        while !state.withLock({ $0.isStopped }) {
            // Under the lock and without waiting: a wait would keep a port open that was closed.
            let count = state.withLock { $0.master < 0 ? 0 : read($0.master, &buffer, buffer.count) }
            guard count > 0 else {
                poll(nil, 0, 1)
                continue
            }
            for byte in buffer[..<count] {
                guard byte == 13 || byte == 26 else {
                    if byte != 10, byte != 27 { pending.append(byte) }
                    continue
                }
                let command = String(decoding: pending, as: UTF8.self)
                pending.removeAll()
                state.withLock { $0.commands.append(command) }
                for step in script(command) { perform(step, state) }
            }
        }
    }

    private static func perform(_ step: Step, _ state: Monitor<State>) {
        switch step {
        case .say(let bytes):
            var rest = bytes[...]
            while !rest.isEmpty, !state.withLock({ $0.isStopped || $0.master < 0 }) {
                let piece = Array(rest.prefix(2048))
                let written = state.withLock { write($0.master, piece) }
                if written > 0 { rest = rest.dropFirst(written) } else { poll(nil, 0, 1) }
            }
        case .drone:
            let noise = [UInt8](repeating: 0x55, count: 2048)
            while !state.withLock({ $0.isStopped || $0.master < 0 }) {
                if state.withLock({ write($0.master, noise) }) <= 0 { poll(nil, 0, 1) }
            }
        case .vanish: state.withLock { close(&$0) }
        }
    }

    @discardableResult
    private static func write(_ master: Int32, _ bytes: [UInt8]) -> Int {
        CSystem.write(master, bytes, bytes.count)
    }
}

extension ScriptedModem.Step {
    static func say(_ text: String) -> Self { .say(Array(text.utf8)) }
    /// `text` between line ends, as modems write, and OK.
    static func reply(_ lines: String...) -> Self {
        .say(lines.map { "\r\n\($0)\r\n" }.joined() + "\r\nOK\r\n")
    }
    static let ok = Self.say("\r\nOK\r\n")
    static let error = Self.say("\r\nERROR\r\n")
}
