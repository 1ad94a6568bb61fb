import SimulatorKit

/// A modem as a value: commands and time go in, replies and events come out.
///
/// Time is simulated nanoseconds since the modem got power first, and never goes backwards.
package struct Modem: Sendable {
    package enum Power: Equatable, Sendable {
        case on
        case off
        /// Comes up at this time.
        case booting(until: Int64)
    }

    package let personality: Personality
    package internal(set) var now: Int64 = 0
    package internal(set) var power = Power.on
    /// AT+CFUN.
    package internal(set) var function = 1
    package internal(set) var registration = Registration.idle
    package internal(set) var contexts: [Int: PacketContext] = [:]
    package internal(set) var messages = MessageStore()
    package internal(set) var history: [HistoryEntry] = []
    package internal(set) var ports: [PortState]
    package internal(set) var traffic = Traffic()
    package internal(set) var tally = Tally()
    package var counterHabits = CounterHabits()
    /// What the network and the world do to it.
    package var world: World

    var random: Randomness
    var settings = Settings()
    var selection = OperatorSelection.automatic
    var slots: [SIMCard?]
    package internal(set) var activeSlot = 0
    var events: [ModemEvent] = []
    /// The port whose command is being served.
    var servedPort = 0
    /// The last report of each kind, so that only changes are reported.
    var reported: [RegistrationReport: String] = [:]
    var sessionIsUp = false
    /// When coverage was lost with a session up.
    var coverageLost: Int64?
    var lastStep: Int64 = 0
    var clockIsSet = false
    /// When AT+CFUN=1,1 takes effect: the host gets its OK first.
    var resetDue: Int64?
    /// Rungs of which the first half was done.
    var halfway: Set<Rung> = []
    var nextHost = 2
    var noise = Wander(mean: 0, spread: 1.2, memory: 4)

    package init(
        _ personality: Personality, seed: UInt64 = 1, ports: Int = 1, cards: [SIMCard?] = SIMCard.defaults,
        drive: Drive? = nil, epoch: Int64 = 0
    ) {
        self.personality = personality
        self.ports = Array(repeating: PortState(), count: ports)
        random = Randomness(seed: seed)
        world = World(
            drive: drive ?? .synthetic(seed: seed, technology: personality.technology), seed: seed, epoch: epoch)
        slots = cards + Array(repeating: nil, count: max(0, 2 - cards.count))
        restoreSettings()
        for place in slots.indices { slots[place]?.powerUp() }
        settle()
    }

    /// Lets time pass; returns what the modem did meanwhile.
    package mutating func advance(to time: Int64) -> [ModemEvent] {
        step(to: time)
        defer { events = [] }
        return events
    }

    var card: SIMCard? {
        get { slots[activeSlot] }
        set { slots[activeSlot] = newValue }
    }

    var isRunning: Bool { power == .on }

    /// A line to every port, if the modem is up.
    mutating func announce(_ line: String) {
        if isRunning { events.append(.unsolicited(line)) }
    }
}

/// Counts for the tester.
package struct Tally: Equatable, Sendable {
    package var commands = 0
    package var unknown = 0
    package var boots = 0
    package var rungs: [Rung: Int] = [:]
    package var registrations = 0
    package var activations = 0
    package var refusals = 0
}

/// What AT&F and a reset restore; the contexts stay.
struct Settings: Equatable, Sendable {
    var errors = 0
    var reports: [RegistrationReport: Int] = [:]
    var messageFormat = 0
    var newMessages = [0, 0, 0, 0, 0]
    var characterSet = "GSM"
    var operatorFormat = 0
    var packetEvents = 0
    var timeZoneReports = 0
    var timeZoneUpdates = 1
    var colonsInAddresses = false
    var storage = "ME"
}

extension SIMCard {
    /// Two ready cards of the test network 001 01.
    package static var defaults: [SIMCard?] {
        [
            SIMCard(iccid: "89999010000000000018", imsi: "001010000000001"),
            SIMCard(iccid: "89999010000000000026", imsi: "001010000000002"),
        ]
    }
}
