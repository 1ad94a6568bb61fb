import FieldModel
import Measure

/// What a session costs: counted from its start.
public struct ConsoleStatistics: Sendable {
    /// From the intended time of a frame to the first state that names it or a newer one, for every frame; those that
    /// the console itself was too late for are counted as if they had been sent.
    public internal(set) var roundTrips = LatencyHistogram()
    /// Of the newest command that a state named, from its real sending: with the gateway's time until its next state.
    public internal(set) var roundTrip: Duration?
    /// Since the arrival of the newest state, when these statistics were asked for.
    public internal(set) var stateAge: Duration?
    /// As the newest state says it, thousandths: all paths merged, and by path, MQTT last.
    public internal(set) var loss: UInt16 = 0
    public internal(set) var lossOfPath = SIMD4<UInt16>(repeating: 0)
    /// Authenticated states by where they came from; copies count.
    public internal(set) var statesByBroker: UInt64 = 0
    public internal(set) var statesByPath: [UInt8: UInt64] = [:]
    public internal(set) var statesByUnknownPath: UInt64 = 0
    /// Messages and packets whose seal was wrong, or that came a second time.
    public internal(set) var forged: UInt64 = 0
    public internal(set) var replayed: UInt64 = 0
    /// Command frames; those that went over MQTT; packets that went over direct paths.
    public internal(set) var frames: UInt64 = 0
    public internal(set) var framesByBroker: UInt64 = 0
    public internal(set) var packets: UInt64 = 0
    /// What the newest frame asked for.
    public internal(set) var wanted = AxisValues.rest
    public internal(set) var isEnabled = false
    /// Times at which a frame was due and the console was late by a whole period or more.
    public internal(set) var missedTimes: UInt64 = 0
    /// Paths of the gateway that packets go to now.
    public internal(set) var paths: [UInt8] = []

    public init() {}
}

/// When the frames of the last seconds were to be sent, and were.
struct RoundTripLog: Sendable {
    private struct Entry: Sendable {
        var intended = Instant(nanoseconds: 0)
        /// Grid times that this frame stands for: 1, or more when the console was late.
        var slots = 0
        var sent = Instant(nanoseconds: 0)
    }

    private static let size: UInt64 = 1024
    private var entries = [Entry](repeating: Entry(), count: Int(size))
    private let period: Duration
    private var newest: UInt64 = 0
    private var answered: UInt64 = 0

    init(period: Duration) { self.period = period }

    mutating func sent(_ sequence: UInt64, intended: Instant, slots: Int, at now: Instant) {
        entries[Int(sequence % Self.size)] = Entry(intended: intended, slots: slots, sent: now)
        newest = sequence
    }

    /// A state names `sequence`: that one and all before it are answered.
    mutating func answered(_ sequence: UInt64, at now: Instant, into statistics: inout ConsoleStatistics) {
        guard sequence > answered, sequence <= newest, newest - sequence < Self.size else { return }
        let first = max(answered + 1, newest >= Self.size ? newest - Self.size + 1 : 1)
        for number in first..<(sequence + 1) {
            let entry = entries[Int(number % Self.size)]
            for slot in 0..<entry.slots {
                statistics.roundTrips.record((entry.intended + period * slot).duration(to: now))
            }
        }
        answered = sequence
        statistics.roundTrip = entries[Int(sequence % Self.size)].sent.duration(to: now)
    }
}
