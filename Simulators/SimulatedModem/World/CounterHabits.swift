import SimulatorKit

/// How this firmware's counters of traffic go wrong; of what really passed the modem itself knows.
package struct CounterHabits: Equatable, Sendable {
    /// Exchanged, against what the personality usually does.
    package var areExchanged = false
    /// Asked for them, it says ERROR.
    package var areRefused = false
    /// They begin at nothing with each session.
    package var beginWithSession = false
    /// They tell so many hundredths of what passed.
    package var percent: UInt64 = 100

    package init() {}

    package static let usage =
        "counters exchanged on|off | refused on|off | anew on|off (with each session) | percent 1…1000 | right"

    package mutating func set(_ words: [String]) throws(ControlFault) {
        switch (words.first, words.count) {
        case ("right", 1): self = CounterHabits()
        case ("exchanged", 2): areExchanged = try Self.isOn(words[1])
        case ("refused", 2): areRefused = try Self.isOn(words[1])
        case ("anew", 2): beginWithSession = try Self.isOn(words[1])
        case ("percent", 2):
            guard let number = UInt64(words[1]), (1...1000).contains(number) else {
                throw ControlFault("accepted: \(Self.usage)")
            }
            percent = number
        default: throw ControlFault("accepted: \(Self.usage)")
        }
    }

    private static func isOn(_ word: String) throws(ControlFault) -> Bool {
        guard word == "on" || word == "off" else { throw ControlFault("accepted: \(usage)") }
        return word == "on"
    }

    func told(_ counters: TrafficCounters) -> TrafficCounters {
        TrafficCounters(up: counters.up * percent / 100, down: counters.down * percent / 100)
    }
}
