/// Tells the lines that answer one command from those that came unasked. A pure value.
package struct ReplyAssembler: Sendable {
    package enum Step: Hashable, Sendable {
        case none
        case unsolicited(String)
        case prompt
        case done(ATReply)
    }

    /// More lines than any reply has.
    private static let mostLines = 256

    private let request: ATRequest
    private let bareNotices: [String]
    private var lines: [String] = []
    /// Final lines that belong to an earlier question of the engine's own.
    private var foreignFinals = 0
    /// The next line is the body of a message that came unasked.
    package private(set) var awaitsBody = false

    /// `bareNotices`: beginnings of lines that come unasked and look like a bare answer.
    package init(_ request: ATRequest, bareNotices: [String] = []) {
        self.request = request
        self.bareNotices = bareNotices
    }

    package mutating func consume(_ line: ATLine) -> Step {
        switch line {
        case .prompt: return request.payload == nil ? .none : .prompt
        case .overlong: return .none
        case .text(let text): return consume(text)
        }
    }

    private mutating func consume(_ text: String) -> Step {
        if awaitsBody {
            awaitsBody = false
            return .none
        }
        if UnsolicitedLine.isEcho(text, of: request.text) { return .none }
        if let final = ATFinal(text, noCarrier: request.mayEndWithNoCarrier) {
            guard foreignFinals == 0 else {
                foreignFinals -= 1
                return .none
            }
            return .done(ATReply(lines: lines, final: final))
        }
        guard isAnswer(text) else { return unsolicited(text) }
        if lines.count < Self.mostLines { lines.append(text) }
        return .none
    }

    private mutating func unsolicited(_ text: String) -> Step {
        if text.hasPrefix(Resynchronisation.answer) {
            foreignFinals += 1
            return .none
        }
        awaitsBody = UnsolicitedLine.isFollowedByBody(text)
        return .unsolicited(text)
    }

    private func isAnswer(_ text: String) -> Bool {
        if let name = UnsolicitedLine.name(of: text) {
            guard request.informs, request.prefixes.contains(name) else { return false }
            return !UnsolicitedLine.registrations.contains(name) || RegistrationReply.isAnswer(text)
        }
        return request.informs && !UnsolicitedLine.isBare(text, also: bareNotices)
    }
}

/// The engine's own question after a command that was not answered in time. Nothing else asks it, so its answer tells
/// that all before it has been heard (3GPP TS 27.007, 9.1).
enum Resynchronisation {
    static let command = "AT+CMEE?"
    static let answer = "+CMEE:"
}

/// What lines of themselves say of whether they were asked for.
enum UnsolicitedLine {
    static let registrations: Set<String> = ["+CREG", "+CGREG", "+CEREG", "+C5GREG"]

    private static let bare = [
        "RING", "RDY", "NO CARRIER", "POWERED DOWN", "NORMAL POWER DOWN", "SMS DONE", "PB DONE", "SMS Ready",
        "Call Ready", "BUSY", "NO ANSWER",
    ]

    /// `+CEREG` of `+CEREG: 1`; nil of a line without such a beginning.
    static func name(of line: String) -> String? {
        guard let mark = line.utf8.first, "+^$%#*".utf8.contains(mark) else { return nil }
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let name = line[..<colon]
        return name.contains(" ") || name.contains(",") ? nil : String(name)
    }

    static func isBare(_ line: String, also others: [String]) -> Bool {
        (bare + others).contains { line == $0 || line.hasPrefix($0 + ":") || line.hasPrefix($0 + " ") }
    }

    /// It came unasked whatever was asked.
    static func isSurely(_ line: String, also others: [String]) -> Bool {
        if isBare(line, also: others) { return true }
        guard let name = name(of: line) else { return false }
        if registrations.contains(name) { return !RegistrationReply.isAnswer(line) }
        return ["+CGEV", "+CMTI", "+CMT", "+CRING", "+CLIP", "+QIND", "+QUSIM"].contains(name)
    }

    /// A short message or report stands in the line after its header.
    static func isFollowedByBody(_ line: String) -> Bool {
        line.hasPrefix("+CMT:") || line.hasPrefix("+CDS:") || line.hasPrefix("+CBM:")
    }

    /// What was sent, or the echo of something sent earlier: a command has a mark after AT, a word has not.
    static func isEcho(_ line: String, of command: String) -> Bool {
        if line == command { return true }
        let bytes = line.utf8
        guard bytes.starts(with: "AT".utf8), let mark = bytes.dropFirst(2).first else { return false }
        return "+^$%#*&".utf8.contains(mark)
    }
}
