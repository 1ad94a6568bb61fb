import CSystem
import FieldModel
import Platform

/// One client's line: a request at each turn, and none before it has read the answer to the last.
final class NetworkClientLine: EventSource {
    private(set) var descriptor: Int32
    let deadline: Instant? = nil
    private(set) var lastHeard: Instant
    private var incoming: [UInt8] = []
    private var outgoing: [UInt8] = []
    private var isLast = false
    private let answer: ([UInt8]) -> String
    private let ended: (NetworkClientLine) -> Void

    init(
        descriptor: Int32, at now: Instant, answer: @escaping ([UInt8]) -> String,
        ended: @escaping (NetworkClientLine) -> Void
    ) {
        self.descriptor = descriptor
        lastHeard = now
        self.answer = answer
        self.ended = ended
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    var interest: EventInterest { outgoing.isEmpty ? .read : .write }

    func ready(_ events: EventInterest, at now: Instant) {
        guard descriptor >= 0 else { return }
        if events.contains(.write) { flush() }
        guard events.contains(.read), descriptor >= 0, outgoing.isEmpty else { return }
        lastHeard = now
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0, fg_errno() == EAGAIN || fg_errno() == EINTR { return }
        guard count > 0 else { return end() }
        incoming += buffer[..<count]
        takeLine()
    }

    func end() {
        guard descriptor >= 0 else { return }
        ended(self)
        close(descriptor)
        descriptor = -1
    }

    private func takeLine() {
        guard let mark = incoming.firstIndex(of: UInt8(ascii: "\n")) else {
            guard incoming.count >= NetworkRequest.lineLimit else { return }
            return say(NetworkReply.refused("a line longer than \(NetworkRequest.lineLimit) bytes").line, last: true)
        }
        let line = Array(incoming[..<mark])
        incoming.removeSubrange(...mark)
        guard line.count < NetworkRequest.lineLimit else {
            return say(NetworkReply.refused("a line longer than \(NetworkRequest.lineLimit) bytes").line, last: true)
        }
        say(answer(line), last: false)
    }

    private func say(_ text: String, last: Bool) {
        isLast = last
        outgoing += Array((text + "\n").utf8)
        flush()
    }

    private func flush() {
        let count = send(descriptor, outgoing, outgoing.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        if count < 0, fg_errno() == EAGAIN || fg_errno() == EINTR { return }
        guard count > 0 else { return end() }
        outgoing.removeFirst(count)
        guard outgoing.isEmpty else { return }
        if isLast { return end() }
        // What came in one piece with the last request has no event of its own.
        if incoming.contains(UInt8(ascii: "\n")) { takeLine() }
    }
}
