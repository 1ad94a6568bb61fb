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
    /// Goes with the next byte sent.
    private var attached: Int32 = -1
    private let answer: ([UInt8]) -> NetworkAnswer
    private let ended: (NetworkClientLine) -> Void

    init(
        descriptor: Int32, at now: Instant, answer: @escaping ([UInt8]) -> NetworkAnswer,
        ended: @escaping (NetworkClientLine) -> Void
    ) {
        self.descriptor = descriptor
        lastHeard = now
        self.answer = answer
        self.ended = ended
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        detach()
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
        detach()
    }

    private func detach() {
        if attached >= 0 { close(attached) }
        attached = -1
    }

    private func takeLine() {
        guard let mark = incoming.firstIndex(of: UInt8(ascii: "\n")) else {
            guard incoming.count >= NetworkRequest.lineLimit else { return }
            return say(Self.tooLong, last: true)
        }
        let line = Array(incoming[..<mark])
        incoming.removeSubrange(...mark)
        guard line.count < NetworkRequest.lineLimit else {
            return say(Self.tooLong, last: true)
        }
        say(answer(line), last: false)
    }

    private static var tooLong: NetworkAnswer {
        NetworkAnswer(.refused("a line longer than \(NetworkRequest.lineLimit) bytes"))
    }

    private func say(_ answer: NetworkAnswer, last: Bool) {
        isLast = last
        detach()
        attached = answer.descriptor
        outgoing += Array((answer.line + "\n").utf8)
        flush()
    }

    private func flush() {
        let count = Int(
            fg_send_rights(descriptor, outgoing, outgoing.count, attached, nil, 0, Int32(MSG_DONTWAIT)))
        if count == -Int(EAGAIN) || count == -Int(EINTR) { return }
        guard count > 0 else { return end() }
        detach()
        outgoing.removeFirst(count)
        guard outgoing.isEmpty else { return }
        if isLast { return end() }
        // What came in one piece with the last request has no event of its own.
        if incoming.contains(UInt8(ascii: "\n")) { takeLine() }
    }
}
