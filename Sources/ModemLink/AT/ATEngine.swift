import FieldModel
import Platform

/// Sends one command at a time to one port, and keeps what the modem says unasked apart.
package final class ATEngine {
    /// Lines kept for `takeUnsolicited`.
    private static let mostUnsolicited = 256
    /// Bytes read of what came unasked before a command is sent all the same.
    private static let mostDrained = 256 * 1024
    private static let quiet = Duration.milliseconds(500)

    private let port: ATPort
    private let time: any TimeSource
    private var splitter = LineSplitter()
    private var buffer = [UInt8](repeating: 0, count: 4096)
    private var unsolicited: [String] = []
    private var dropped = 0
    private var isMessageBody = false
    /// A command was not answered in time: its answer may still come.
    private var isOutOfStep = false
    /// Bytes were promised upon a prompt, and the modem may still wait for them.
    private var mayWaitForText = false
    private var answersMarker = true
    /// Beginnings of bare lines that come unasked, of the profile.
    package var bareNotices: [String] = []

    package init(port: ATPort, time: any TimeSource) {
        self.port = port
        self.time = time
    }

    package var isOpen: Bool { port.isOpen }
    package var path: String { port.path }

    package func open(_ path: String) throws(ModemFault) {
        splitter.reset()
        isMessageBody = false
        isOutOfStep = false
        mayWaitForText = false
        answersMarker = true
        try port.open(path)
    }

    package func close() {
        port.close()
    }

    /// Sends and waits for the final line. Throws `refused` where that is an error.
    package func send(_ request: ATRequest) throws(ModemFault) -> ATReply {
        try drain()
        if isOutOfStep { try resynchronise() }
        let reply = try transact(request)
        guard reply.final.isSuccess else { throw .refused(command: request.spoken, reply: reply.final.text) }
        return reply
    }

    /// Finds out whether the modem knows the question that brings the two back in step.
    package func learnMarker(timeout: Duration) throws(ModemFault) {
        let reply = try transact(ATRequest(Resynchronisation.command, timeout: timeout))
        answersMarker = reply.final == .ok && reply.lines.contains { $0.hasPrefix(Resynchronisation.answer) }
    }

    /// Reads what is there, without waiting.
    package func drain() throws(ModemFault) {
        var total = 0
        while port.isOpen, total < Self.mostDrained {
            let count = try port.read(until: time.now(), into: &buffer)
            guard count > 0 else { return }
            total += count
            for line in splitter.consume(buffer[..<count]) { hear(line) }
        }
    }

    /// Waits until a line that came unasked satisfies `condition`, or the deadline.
    package func listen(until deadline: Instant, for condition: (String) -> Bool) throws(ModemFault) -> Bool {
        while true {
            let count = try port.read(until: deadline, into: &buffer)
            guard count > 0 else { return false }
            var found = false
            for line in splitter.consume(buffer[..<count]) {
                if case .text(let text) = line, condition(text) { found = true }
                hear(line)
            }
            if found { return true }
        }
    }

    /// What came unasked since the last call, oldest first, and how many lines found no room.
    package func takeUnsolicited() -> (lines: [String], dropped: Int) {
        defer {
            unsolicited.removeAll()
            dropped = 0
        }
        return (unsolicited, dropped)
    }

    // MARK: One command

    private func transact(_ request: ATRequest) throws(ModemFault) -> ATReply {
        let deadline = time.now() + request.timeout
        var assembler = ReplyAssembler(request, bareNotices: bareNotices)
        isOutOfStep = true
        try port.write(Array("\(request.text)\r".utf8), until: deadline)
        var reply: ATReply?
        while reply == nil {
            for line in try receive(request, until: deadline) {
                guard reply == nil else {
                    hear(line)
                    continue
                }
                switch assembler.consume(line) {
                case .none: break
                case .unsolicited(let text): keep(text)
                case .prompt: try sendText(request, until: deadline)
                case .done(let answer):
                    reply = answer
                    isMessageBody = assembler.awaitsBody
                }
            }
        }
        isOutOfStep = false
        mayWaitForText = false
        return reply!
    }

    private func receive(_ request: ATRequest, until deadline: Instant) throws(ModemFault) -> [ATLine] {
        // A modem that never stops talking must not keep the deadline from being looked at.
        let count = time.now() < deadline ? try port.read(until: deadline, into: &buffer) : 0
        guard count > 0 else {
            throw .timeout("\(request.spoken) on \(path) was not answered within \(request.timeout.inSeconds) s")
        }
        return splitter.consume(buffer[..<count])
    }

    private func sendText(_ request: ATRequest, until deadline: Instant) throws(ModemFault) {
        mayWaitForText = true
        try port.write((request.payload ?? []) + [0x1A], until: deadline)
    }

    // MARK: In step again

    /// Asks what nothing else asks: all that is heard before its answer belongs to what was asked earlier.
    private func resynchronise() throws(ModemFault) {
        let command = answersMarker ? Resynchronisation.command : "AT"
        let deadline = time.now() + .seconds(3)
        if mayWaitForText { try port.write([0x1B], until: deadline) }
        try port.write(Array("\(command)\r".utf8), until: deadline)
        var markerSeen = false
        var finalSeen = false
        while time.now() < deadline {
            let patience = finalSeen ? min(deadline, time.now() + Self.quiet) : deadline
            let count = try port.read(until: patience, into: &buffer)
            if count == 0 { break }
            for line in splitter.consume(buffer[..<count]) {
                guard case .text(let text) = line else { continue }
                if text.hasPrefix(Resynchronisation.answer) { markerSeen = true }
                guard ATFinal(text, noCarrier: false) != nil else {
                    if UnsolicitedLine.isSurely(text, also: bareNotices) { keep(text) }
                    continue
                }
                finalSeen = true
                if markerSeen { isOutOfStep = false }
            }
            if !isOutOfStep {
                mayWaitForText = false
                return
            }
        }
        guard finalSeen else { throw .timeout("\(path): the modem does not answer AT; it hangs, restarts or is busy") }
        // An answer and then silence: what more there is to hear of a modem that does not know the question.
        isOutOfStep = false
    }

    // MARK: Unasked

    private func hear(_ line: ATLine) {
        guard case .text(let text) = line else { return }
        if isMessageBody {
            isMessageBody = false
            return
        }
        isMessageBody = UnsolicitedLine.isFollowedByBody(text)
        // A final line that ends nothing is an answer that came too late.
        if ATFinal(text, noCarrier: false) == nil, !UnsolicitedLine.isEcho(text, of: "AT") { keep(text) }
    }

    private func keep(_ text: String) {
        if unsolicited.count < Self.mostUnsolicited { unsolicited.append(text) } else { dropped += 1 }
    }
}
