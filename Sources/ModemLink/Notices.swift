import FieldModel

/// What a modem says unasked, as it is understood.
package enum NoticeReply {
    /// Ended by the network; what the modem ends itself begins with ME, and mostly it was told to.
    private static let lost = ["NW DETACH", "NW DEACT", "NW PDN DEACT"]

    /// Nil for what tells nothing: other sessions' news, progress of the start.
    package static func read(_ line: String, profile: ModemProfile.Notices) -> ModemNotice? {
        if begins(line, profile.ignored) { return nil }
        if begins(line, profile.restarted) { return .restarted }
        if begins(line, profile.sessionLost) { return .sessionLost }
        switch UnsolicitedLine.name(of: line) {
        case "+CREG", "+CGREG", "+CEREG", "+C5GREG":
            // A late answer looks like one that was asked for.
            let isAnswer = RegistrationReply.isAnswer(line)
            return RegistrationReply(line, isAnswer: isAnswer).map { .registration($0.state) }
        case "+CPIN": return .sim(IdentityReply.sim([line]))
        case "+CGEV":
            let event = line.dropFirst(6).trimmingSpaces
            return lost.contains { event.hasPrefix($0) } ? .sessionLost : .other(line)
        // The numbers of callers and senders are nobody's business here.
        case "+CMTI", "+CMT": return .incoming("short message")
        case "+CRING": return .incoming("call")
        case "+CLIP", "+CDS", "+CDSI", "+CBM": return nil
        default: return line == "RING" ? .incoming("call") : .other(String(line.prefix(200)))
        }
    }

    private static func begins(_ line: String, _ beginnings: [String]) -> Bool {
        beginnings.contains { line.hasPrefix($0) }
    }
}

/// Notices until they are fetched: bounded, and what found no room is counted.
package struct NoticeQueue: Sendable {
    private static let most = 64
    private var notices: [ModemNotice] = []
    package var dropped = 0

    package init() {}

    package mutating func add(_ notice: ModemNotice) {
        // Modems repeat themselves.
        guard notices.last != notice else { return }
        if notices.count < Self.most { notices.append(notice) } else { dropped += 1 }
    }

    package mutating func take() -> [ModemNotice] {
        defer {
            notices.removeAll()
            dropped = 0
        }
        return dropped > 0 ? notices + [.other("\(dropped) notices found no room and were dropped")] : notices
    }
}
