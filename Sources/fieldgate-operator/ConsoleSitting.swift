import ArgumentParser
import ControlWire
import FieldModel
import OperatorInput
import OperatorKit
import Platform
import Signing

/// A console on the main thread: takes its events one by one, and looks after the clock and the signals meanwhile.
final class ConsoleSitting {
    /// States beyond this are dropped when nobody takes them; nothing else ever is.
    private static let mostWaiting = 4096

    let console: OperatorConsole
    private let holder: String
    private let feed = Monitor<[ConsoleEvent]>([])
    /// The input device could not be had: what is told as lost is the caller's to mend.
    private let isWithoutInput = Flag()
    private let interrupts = Interrupts()
    private var wasInterrupted = false
    /// The newest state that nobody vouches for.
    private(set) var unproved: StateFrame?

    init(_ settings: ConsoleSettings, input: @escaping OperatorConsole.InputMaker) throws {
        holder = settings.operatorID
        let (feed, isWithoutInput) = (feed, isWithoutInput)
        let watched: OperatorConsole.InputMaker = { nameplate in
            do { return try input(nameplate) } catch {
                isWithoutInput.store(true)
                throw error
            }
        }
        do throws(ConsoleFault) {
            console = try OperatorConsole(settings, input: watched) { event in
                feed.signal { events in
                    switch event {
                    case .state where events.count > Self.mostWaiting: return true
                    case .unprovedState where events.count > Self.mostWaiting: return true
                    default: break
                    }
                    events.append(event)
                    return true
                }
            }
            try console.start()
        } catch {
            throw KeyFile.fail(error.description)
        }
    }

    /// The events since the last call, waiting for the first at most so long. A first interrupt stops the machine and
    /// lets it go; a second ends the program.
    func events(within limit: Duration) throws -> [ConsoleEvent] {
        if interrupts.came() {
            guard !wasInterrupted else { throw Exit.lost }
            wasInterrupted = true
            console.requestStop()
            console.leave()
        }
        var isFirst = true
        let events = feed.wait { events -> Wait<[ConsoleEvent]> in
            defer { isFirst = false }
            guard events.isEmpty, isFirst else {
                defer { events.removeAll() }
                return .done(events)
            }
            return .pause(limit)
        }
        for case .unprovedState(let frame) in events { unproved = frame }
        return events
    }

    /// Until the nameplate has been confirmed; what is said meanwhile goes to `other`. False when the operator declines.
    func confirm(_ nameplate: Nameplate, asking: Bool) throws -> Bool {
        if asking {
            Terminal.say("Take this machine? Type yes within 30 s:")
            var answer: String?
            while answer == nil {
                for event in try events(within: .milliseconds(1)) where event.isLast {
                    throw complain(event) ?? Exit.lost
                }
                answer = Terminal.line(within: 100)
            }
            if answer == "" {
                Terminal.complain("nobody confirmed: type yes, or give --yes where standard input is not a person")
            }
            guard ["y", "yes"].contains(answer?.lowercased() ?? "") else { return false }
        }
        console.confirm()
        return true
    }

    /// Waits for the offer.
    func nameplate() throws -> (Nameplate, OperatorRole) {
        while true {
            for event in try events(within: .milliseconds(100)) {
                if case .offered(let nameplate, let role) = event {
                    if let unproved {
                        Terminal.complain("\(nameplate.machine) says \(unproved.phase.name) (not authenticated)")
                    }
                    return (nameplate, role)
                }
                if event.isLast { throw complain(event) ?? Exit.noAnswer }
            }
        }
    }

    /// Says why it is over; nil when that is as it should be.
    func complain(_ event: ConsoleEvent, asLost code: ExitCode = Exit.noAnswer) -> ExitCode? {
        switch event {
        case .refused(let reason, let detail):
            Terminal.complain("the gateway refuses: \(reason): \(detail)")
            return Exit.refused
        case .lost(let text):
            Terminal.complain(text)
            return isWithoutInput.load() ? Exit.settings : code
        case .ended(let phase, let cause, let by):
            let ending = SessionEnding(phase, cause, by: by)
            if cause != .released { Terminal.complain(ending.text(for: holder)) }
            return ending.isWanted ? nil : Exit.lost
        default: return nil
        }
    }
}

extension Nameplate {
    /// For a person, a line each.
    func page(_ role: OperatorRole) -> String {
        let rows = [
            ("machine", "\(machine) at gateway \(gateway)"), ("kind", title), ("serial number", serial),
            ("owner", owner), ("place", location), ("top speed", "\(topSpeed), creeping \(creepSpeed)"),
            ("axes", axes.joined(separator: ", ")), ("buttons", buttons.joined(separator: ", ")),
            ("software", "\(software), configuration \(configuration)"),
            ("profile", Hex.text(Hex.bigEndian(profile))), ("you are", role.rawValue),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, text in
            "  \(name)\(String(repeating: " ", count: width - name.count))  \(text)"
        }.joined(separator: "\n")
    }
}
