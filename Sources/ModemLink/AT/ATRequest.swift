/// One command.
package struct ATRequest: Hashable, Sendable {
    package var text: String
    /// Beginnings of the lines that answer it. Empty: lines without a beginning of that kind do.
    package var prefixes: [String]
    /// False for a command that is answered by its final line alone: all else came unasked.
    package var informs = true
    package var timeout: Duration
    /// Sent upon the prompt, with the mark that ends it.
    package var payload: [UInt8]?
    /// What messages call it: secrets masked.
    package var spoken: String

    package init(_ text: String, timeout: Duration, informs: Bool = true, also others: [String] = []) {
        self.text = text
        self.timeout = timeout
        self.informs = informs
        spoken = text
        prefixes = Self.prefix(of: text).map { [$0] + others } ?? others
    }

    /// `+QENG` of `AT+QENG="servingcell"`; nil of `ATI`.
    static func prefix(of text: String) -> String? {
        let rest = text.dropFirst(2)
        guard let mark = rest.first, "+^$#*%&".contains(mark), mark != "&" else { return nil }
        return String(rest.prefix { $0 != "=" && $0 != "?" })
    }

    /// Commands for which NO CARRIER is an answer; elsewhere it says that a call has ended.
    var mayEndWithNoCarrier: Bool {
        ["ATD", "ATA", "ATO", "AT+CGDATA", "AT+CGACT"].contains { text.hasPrefix($0) }
    }
}

/// How a command ended.
package enum ATFinal: Hashable, Sendable {
    case ok, connect
    case error(String)
    /// The code is nil where the modem wrote words.
    case equipment(code: Int?, text: String)
    case message(text: String)

    /// Nil where a line ends no command.
    package init?(_ line: String, noCarrier: Bool) {
        switch line {
        case "OK": self = .ok
        case "ERROR", "COMMAND NOT SUPPORT", "TOO MANY PARAMETERS": self = .error(line)
        case "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE":
            guard noCarrier else { return nil }
            self = .error(line)
        default:
            if line.hasPrefix("+CME ERROR:") {
                let rest = line.dropFirst(11).drop { $0 == " " }
                self = .equipment(code: Int(rest), text: line)
            } else if line.hasPrefix("+CMS ERROR:") {
                self = .message(text: line)
            } else if line == "CONNECT" || line.hasPrefix("CONNECT ") {
                self = .connect
            } else {
                return nil
            }
        }
    }

    package var isSuccess: Bool { self == .ok || self == .connect }

    package var text: String {
        switch self {
        case .ok: "OK"
        case .connect: "CONNECT"
        case .error(let text), .equipment(_, let text), .message(let text): text
        }
    }
}

/// The lines that answered a command, and its end.
package struct ATReply: Hashable, Sendable {
    package var lines: [String]
    package var final: ATFinal

    package init(lines: [String], final: ATFinal) {
        self.lines = lines
        self.final = final
    }
}
