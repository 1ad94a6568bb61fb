/// Commands in, replies out.
extension Modem {
    typealias Handler = @Sendable (inout Modem, ATCommand) -> Reply
    private static let longestHistory = 2_000

    private static let handlers: [String: Handler] = {
        let topics = [
            basicCommands, identityCommands, cardCommands, signalCommands, registrationCommands, sessionCommands,
            sliceCommands, deviceCommands, messageCommands,
        ]
        return topics.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }()

    static var commandNames: [String] { handlers.keys.filter { $0.hasPrefix("+") }.sorted() }

    /// What a command line on a port is answered. A line without AT gets no answer.
    package mutating func execute(_ line: String, port: Int = 0, at time: Int64) -> Reply {
        step(to: time)
        guard isRunning, let commands = CommandLine.commands(in: line) else { return .silence }
        remember(line, port)
        servedPort = port
        var reply = Reply.ok
        for command in commands {
            reply = reply.followed(by: execute(command))
            guard reply.result == .ok else { break }
        }
        settle()
        return reply
    }

    private mutating func execute(_ command: ATCommand) -> Reply {
        tally.commands += 1
        guard !personality.lacks(command.name), let handler = Self.handlers[command.name] else {
            tally.unknown += 1
            return settings.errors == 0 ? .error : .refused(.unknown)
        }
        return handler(&self, command)
    }

    private mutating func remember(_ line: String, _ port: Int) {
        if history.count >= Self.longestHistory { history.removeFirst(Self.longestHistory / 2) }
        history.append(HistoryEntry(at: now, port: port, line: line.filter { !$0.isNewline }))
    }

    /// What follows the prompt: nil when the host cancelled with ESC.
    package mutating func finishMessage(_ text: String?, port: Int, at time: Int64) -> Reply {
        step(to: time)
        guard isRunning, case .message(let argument) = ports[port].mode else { return .silence }
        ports[port].mode = .command
        guard let text else { return .ok }
        remember("(message) \(text)", port)
        return send(message: text, argument: argument)
    }

    /// The host left data mode with +++ or hung up.
    package mutating func escape(port: Int) {
        if case .online = ports[port].mode { ports[port].mode = .command }
    }

    /// What a command without its card answers; nil when there is one to talk to.
    var cardRefusal: Reply? {
        switch card?.lock {
        case nil: .refused(.noCard)
        case .pin: .refused(.pinRequired)
        case .puk: .refused(.pukRequired)
        case .ready: nil
        }
    }
}
