/// What a modem answers to one command line.
package struct Reply: Equatable, Sendable {
    package enum Result: Equatable, Sendable {
        case ok
        case error
        /// Equipment error (TS 27.007, 9.2).
        case equipment(EquipmentError)
        /// Message service failure (TS 27.005, 3.2.5).
        case message(Int)
        case connect
        case noCarrier
        /// `> `: the modem waits for a message.
        case prompt
        /// Nothing at all.
        case silence
    }

    /// Information lines, in their order.
    package var lines: [String]
    package var result: Result
    /// Simulated nanoseconds until it comes.
    package var delay: Int64 = 3_000_000

    package init(_ lines: [String] = [], _ result: Result, delay: Int64 = 3_000_000) {
        (self.lines, self.result, self.delay) = (lines, result, delay)
    }

    package static var silence: Reply { Reply(.silence) }
    package static var ok: Reply { Reply(.ok) }
    package static var error: Reply { Reply(.error) }

    package init(_ result: Result) { self.init([], result) }

    package static func ok(_ lines: String...) -> Reply { Reply(lines, .ok) }

    package static func ok(_ lines: [String]) -> Reply { Reply(lines, .ok) }

    package static func refused(_ error: EquipmentError) -> Reply { Reply(.equipment(error)) }

    package func late(_ delay: Int64) -> Reply { Reply(lines, result, delay: delay) }

    /// With both replies' lines, this one first.
    func followed(by next: Reply) -> Reply {
        Reply(lines + next.lines, next.result, delay: max(delay, next.delay))
    }

    /// As it goes over the line (V.250, 5.7.1): each line between CR LF.
    package func text(_ format: ReplyFormat) -> String {
        let information = lines.map { "\r\n\($0)\r\n" }.joined()
        switch result {
        case .prompt: return information + "\r\n> "
        case .silence: return information
        default: return information + (format.quiet ? "" : format.final(result))
        }
    }
}

/// How a port spells results: ATV, ATQ and AT+CMEE.
package struct ReplyFormat: Equatable, Sendable {
    package var verbose = true
    package var quiet = false
    /// 0 plain ERROR, 1 numbers, 2 words.
    package var errors = 0

    package init() {}

    func final(_ result: Reply.Result) -> String {
        let (word, number) = words(result)
        return verbose ? "\r\n\(word)\r\n" : "\(number)\r"
    }

    private func words(_ result: Reply.Result) -> (String, String) {
        switch result {
        case .ok, .prompt, .silence: ("OK", "0")
        case .connect: ("CONNECT", "1")
        case .noCarrier: ("NO CARRIER", "3")
        case .error: ("ERROR", "4")
        case .equipment(let error): extended("+CME ERROR: \(errors == 2 ? error.words : "\(error.rawValue)")")
        case .message(let code): extended("+CMS ERROR: \(code)")
        }
    }

    private func extended(_ text: String) -> (String, String) { errors == 0 ? ("ERROR", "4") : (text, text) }
}
