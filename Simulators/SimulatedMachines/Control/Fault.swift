/// What a simulator can be told to get wrong.
package enum Fault: Equatable, Sendable {
    case none
    /// No answer.
    case silent
    /// Answers so many nanoseconds late.
    case slow(Int64)
    /// Refuses every request.
    case exception(ModbusException)
    /// Answers in the name of the next unit.
    case wrongUnit
    /// Answers with another function code than was asked for.
    case wrongFunction
    /// Answers with random bytes.
    case junk
    /// Answers with the first half of the frame.
    case truncate
    /// Answers, but the registers keep the values they have now while the machine goes on.
    case stuck
    /// Closes the connection in place of an answer.
    case close
    /// Modbus TCP: answers another transaction.
    case wrongTransaction

    package static let usage =
        "silent | slow DURATION | exception 1-6|10|11 | wrong-unit | wrong-function | wrong-transaction | junk | truncate"
        + " | stuck | close | none, each with an optional: for DURATION"

    package var name: String {
        switch self {
        case .none: "none"
        case .silent: "silent"
        case .slow(let delay): "slow \(delay / 1_000_000)ms"
        case .exception(let code): "exception \(code.rawValue)"
        case .wrongUnit: "wrong-unit"
        case .wrongFunction: "wrong-function"
        case .junk: "junk"
        case .truncate: "truncate"
        case .stuck: "stuck"
        case .close: "close"
        case .wrongTransaction: "wrong-transaction"
        }
    }
}

/// The fault in force and when it ends.
package struct FaultPlan: Equatable, Sendable {
    package var fault = Fault.none
    /// Nanoseconds of the reactor's clock; nil for a fault that stays.
    package var until: Int64?

    package init(_ fault: Fault = .none, until: Int64? = nil) { (self.fault, self.until) = (fault, until) }

    package func fault(at now: Int64) -> Fault {
        if let until, now >= until { return .none }
        return fault
    }
}
