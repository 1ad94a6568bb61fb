import ControlWire
import FieldModel
import OperatorInput
import Platform

/// A console: asks the gateway for a machine, and drives it with an input device until it is left.
///
/// It owns a thread with its event loop. `onEvent` and `input` are called there and return at once; everything else may
/// be called from any thread.
///
/// ```swift
/// let console = try OperatorConsole(settings, input: { _ in try Joystick(path: "/dev/input/event7") }) { event in
///     if case .offered(let nameplate, _) = event { screen.ask(nameplate) }  // then console.confirm()
/// }
/// try console.start()
/// ```
public final class OperatorConsole: Sendable {
    /// Makes the device when the operator has confirmed the nameplate, which names axes and buttons. What it throws ends
    /// the console before anything is taken.
    public typealias InputMaker = @Sendable (Nameplate) throws -> any OperatorInputDevice

    /// What other threads ask of the console's: flags and counts, so that nothing piles up.
    struct Wishes: Sendable {
        var confirmed = false
        var stops = 0
        var acknowledgements = 0
        var offer: Bool?
        var leaves = false
        /// Somebody waits for statistics newer than these.
        var asked = 0
        var answered = 0
        var statistics = ConsoleStatistics()
        var isFinished = false
        var thread: OwnerThread?
    }

    private let wishes = Monitor(Wishes())
    private let settings: ConsoleSettings
    private let input: InputMaker
    private let onEvent: @Sendable (ConsoleEvent) -> Void
    private let wake = Monitor<(@Sendable () -> Void)?>(nil)

    /// Throws when the keys are none.
    public init(
        _ settings: ConsoleSettings, input: @escaping InputMaker, onEvent: @escaping @Sendable (ConsoleEvent) -> Void
    ) throws(ConsoleFault) {
        _ = try ConsoleIdentity(settings, direct: [])
        guard settings.localAddresses.count <= ClaimRequest.mostAddresses else {
            throw ConsoleFault(
                "\(settings.localAddresses.count) local addresses; \(ClaimRequest.mostAddresses) are the most")
        }
        if let address = settings.localAddresses.first(where: { $0.contains(":") }) {
            throw ConsoleFault("'\(address)' is IPv6: the direct path is IPv4 only, give an address such as 192.0.2.7")
        }
        (self.settings, self.input, self.onEvent) = (settings, input, onEvent)
    }

    /// Nobody holds it any more: the machine is let go.
    deinit {
        wish { $0.leaves = true }
        wishes.withLock { $0.thread }?.detach()
    }

    /// Opens the sockets and starts the thread. Once.
    public func start() throws(ConsoleFault) {
        let run = try ConsoleRun(settings, wishes: wishes, input: input, onEvent: onEvent)
        wake.withLock { $0 = run.wakeUp }
        let handoff = Handoff(run)
        let priority = settings.realTimePriority.map { OwnerThread.Priority.fifo($0) } ?? .normal
        do throws(SystemError) {
            let thread = try OwnerThread(name: "console", priority: priority) { handoff.take().run() }
            wishes.withLock { $0.thread = thread }
        } catch {
            throw ConsoleFault("the console's thread cannot be started: \(error)")
        }
    }

    /// The operator has read the nameplate: take the machine.
    public func confirm() { wish { $0.confirmed = true } }

    /// Stops the machine, at once and by every way. Enable and axes are released until the stop is acknowledged.
    public func requestStop() { wish { $0.stops += 1 } }

    /// Names the stop that the newest state shows.
    public func acknowledge() { wish { $0.acknowledgements += 1 } }

    /// Offers the machine to whoever asks next, or takes the offer back.
    public func offer(_ isOffered: Bool) { wish { $0.offer = isOffered } }

    /// Lets the machine go, and waits until the gateway says so, at most a second. Nothing is told afterwards.
    /// Not to be called from `onEvent`.
    public func stop() {
        wish { $0.leaves = true }
        wishes.withLock { state -> OwnerThread? in
            defer { state.thread = nil }
            return state.thread
        }?.join()
    }

    /// Lets the machine go without waiting: an event tells the end.
    public func leave() { wish { $0.leaves = true } }

    /// As they are now; after the end, as they were.
    public var statistics: ConsoleStatistics {
        let number = wishes.withLock { state in
            state.asked += 1
            return state.asked
        }
        wake.withLock { $0 }?()
        return wishes.wait { state in
            guard !state.isFinished, state.thread != nil, state.answered < number else {
                return .done(state.statistics)
            }
            return .pause(.seconds(1))
        }
    }

    private func wish(_ change: (inout Wishes) -> Void) {
        wishes.withLock { change(&$0) }
        wake.withLock { $0 }?()
    }
}
