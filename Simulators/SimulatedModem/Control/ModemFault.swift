import SimulatorKit

/// What the modem can be told to get wrong on its ports.
package enum ModemFault: Equatable, Sendable {
    case none
    /// Takes everything, says nothing.
    case hang
    /// Random bytes for an answer.
    case garbage
    /// So many nanoseconds later than usual.
    case slow(Int64)
    /// A new start each time so many nanoseconds have passed.
    case rebootLoop(Int64)
    /// The first half of each answer.
    case truncate
    /// Every command line comes back twenty times, whatever ATE says.
    case echoStorm
    /// 10 MB without a line's end for an answer.
    case flood
    /// Everything looks well, but nothing comes down.
    case deadData(curedBy: Rung)

    package static let usage =
        "hang | garbage | slow DURATION | reboot-loop DURATION | truncate | echo-storm | flood"
        + " | data-dead cured-by pdu|reregister|radio|reset|usb|power|slot | none, each with an optional: for DURATION"

    package static let floodLength = 10_000_000

    package var name: String {
        switch self {
        case .none: "none"
        case .hang: "hang"
        case .garbage: "garbage"
        case .slow(let delay): "slow \(delay / 1_000_000)ms"
        case .rebootLoop(let period): "reboot-loop \(period / 1_000_000)ms"
        case .truncate: "truncate"
        case .echoStorm: "echo-storm"
        case .flood: "flood"
        case .deadData(let rung): "data-dead cured-by \(rung.rawValue)"
        }
    }

    package static func parse(_ words: [String]) throws(ControlFault) -> ModemFault {
        let plain: [String: ModemFault] = [
            "none": .none, "hang": .hang, "garbage": .garbage, "truncate": .truncate, "echo-storm": .echoStorm,
            "flood": .flood,
        ]
        if words.count == 1, let fault = plain[words[0]] { return fault }
        if words.count == 2, words[0] == "slow" { return .slow(try Nanoseconds.parse(words[1])) }
        if words.count == 2, words[0] == "reboot-loop" {
            return .rebootLoop(max(1_000_000, try Nanoseconds.parse(words[1])))
        }
        if words.count == 3, words[0] == "data-dead", words[1] == "cured-by", let rung = Rung(rawValue: words[2]) {
            return .deadData(curedBy: rung)
        }
        throw ControlFault("'\(words.joined(separator: " "))' is not a fault; accepted: \(usage)")
    }

    /// What becomes of an answer's bytes.
    package func distort(_ answer: [UInt8], to line: String, _ random: inout Randomness) -> [UInt8] {
        switch self {
        case .garbage: (0..<max(16, answer.count)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        case .truncate: Array(answer.prefix(answer.count / 2))
        case .echoStorm: Array(repeatElement(Array((line + "\r").utf8), count: 20).joined()) + answer
        case .flood: Array(repeating: UInt8(ascii: "x"), count: Self.floodLength)
        case .none, .hang, .slow, .rebootLoop, .deadData: answer
        }
    }
}
