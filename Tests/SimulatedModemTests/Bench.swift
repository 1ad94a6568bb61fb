import SimulatedModem
import Testing

/// A modem without ports, and the time that the test lets pass.
struct Bench {
    static let second: Int64 = 1_000_000_000

    var modem: Modem
    private(set) var time: Int64 = 0
    private(set) var events: [ModemEvent] = []

    /// Registered and out of its greetings, unless `registered` is false. One cell that stays, with a steady signal.
    init(
        _ personality: Personality, registered: Bool = true, ports: Int = 1, cards: [SIMCard?] = SIMCard.defaults
    ) {
        let cell = Cell(id: 7, technology: personality.technology)
        let drive = Drive([Drive.Point(at: 0, cell: cell, signal: Signal(rsrp: -90, rsrq: -11, sinr: 15))])
        modem = Modem(personality, seed: 3, ports: ports, cards: cards, drive: drive, epoch: 1_800_000_000)
        if registered { wait(10) }
        events = []
    }

    @discardableResult
    mutating func wait(_ seconds: Double) -> [ModemEvent] {
        time += Int64(seconds * 1e9)
        let new = modem.advance(to: time)
        events += new
        return new
    }

    mutating func ask(_ line: String, port: Int = 0) -> Reply {
        time += 1_000_000
        let reply = modem.execute(line, port: port, at: time)
        events += modem.advance(to: time)
        return reply
    }

    /// The reply's lines, when it is OK.
    mutating func lines(_ line: String) -> [String] {
        let reply = ask(line)
        #expect(reply.result == .ok, "\(line)")
        return reply.lines
    }

    /// What came unasked since the last call.
    mutating func unsolicited() -> [String] {
        defer { events = [] }
        return events.compactMap { if case .unsolicited(let line) = $0 { line } else { nil } }
    }

    /// A context that is active.
    mutating func connect() {
        #expect(ask("AT+CGDCONT=1,\"IPV4V6\",\"internet\"").result == .ok)
        #expect(ask("AT+CGACT=1,1").result == .ok)
    }
}

extension String {
    func matches(_ pattern: String) -> Bool {
        guard let expression = try? Regex(pattern) else { return false }
        return (try? expression.wholeMatch(in: self)) != nil
    }
}
