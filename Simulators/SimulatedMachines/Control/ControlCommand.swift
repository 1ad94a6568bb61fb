import SimulatorKit

/// What can be asked of a simulated machine over its control socket.
package enum ControlCommand: Equatable, Sendable {
    case status
    case freeze
    case thaw
    /// With the nanoseconds it shall last; nil for ever.
    case fault(Fault, Int64?)
    /// Once.
    case set(String, Double)
    /// Again after every step, until released.
    case hold(String, Double)
    case release(String)
    case registers(Table, address: Int, count: Int)

    package static let usage =
        "status | freeze | thaw | fault FAULT [for DURATION] | set NAME VALUE | hold NAME VALUE | release NAME|all"
        + " | registers coil|discrete|input|holding ADDRESS [COUNT]"

    /// Says what is accepted when it throws; `others` are the commands that only the machine has.
    package static func parse(_ line: String, besides others: String = "") throws(ControlFault) -> ControlCommand {
        let words = line.split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("status", 1): return .status
        case ("freeze", 1): return .freeze
        case ("thaw", 1): return .thaw
        case ("fault", 2...): return try parseFault(Array(words.dropFirst()))
        case ("set", 3): return .set(words[1], try value(words[2]))
        case ("hold", 3): return .hold(words[1], try value(words[2]))
        case ("release", 2): return .release(words[1])
        case ("registers", 3...4): return try parseRegisters(words)
        default:
            throw ControlFault("'\(line)' is not a command; accepted: \(usage)\(others.isEmpty ? "" : " | " + others)")
        }
    }

    /// `slow 300ms for 10s` and the like.
    package static func parseFault(_ words: [String]) throws(ControlFault) -> ControlCommand {
        var words = words
        let lasting = try Nanoseconds.takeLasting(&words)
        return .fault(try fault(words), lasting)
    }

    private static func fault(_ words: [String]) throws(ControlFault) -> Fault {
        let plain: [String: Fault] = [
            "none": .none, "silent": .silent, "wrong-unit": .wrongUnit, "wrong-function": .wrongFunction,
            "junk": .junk, "truncate": .truncate, "stuck": .stuck, "close": .close,
            "wrong-transaction": .wrongTransaction,
        ]
        if words.count == 1, let fault = plain[words[0]] { return fault }
        if words.count == 2, words[0] == "slow" { return .slow(try Nanoseconds.parse(words[1])) }
        if words.count == 2, words[0] == "exception",
            let code = UInt8(words[1]).flatMap(ModbusException.init(rawValue:))
        {
            return .exception(code)
        }
        throw ControlFault("'\(words.joined(separator: " "))' is not a fault; accepted: \(Fault.usage)")
    }

    private static func parseRegisters(_ words: [String]) throws(ControlFault) -> ControlCommand {
        guard let table = Table(rawValue: words[1]), let address = Int(words[2]), (0...65_535).contains(address),
            let count = words.count == 4 ? Int(words[3]) : 1, (1...2000).contains(count)
        else { throw ControlFault("accepted: registers coil|discrete|input|holding ADDRESS [COUNT]") }
        return .registers(table, address: address, count: count)
    }

    private static func value(_ word: String) throws(ControlFault) -> Double {
        switch word {
        case "on", "true": return 1
        case "off", "false": return 0
        default:
            guard let value = Double(word), value.isFinite else {
                throw ControlFault("'\(word)' is not a value; accepted: a number, on, off, true, false")
            }
            return value
        }
    }
}
