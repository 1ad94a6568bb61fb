import CSystem
import Glibc
import SimulatorKit

/// One client of a Modbus TCP port. Several requests in one segment, and one request in several, are answered in order.
///
/// Source: Modbus Messaging on TCP/IP Implementation Guide V1.0b, clause 3.1.3.
package final class TCPConnection<Server: UnitServer>: EventHandler {
    private static var inputSize: Int { 4096 }
    private static var outputSize: Int { 8192 }
    /// Transaction, protocol, length, unit.
    private static var headerSize: Int { 7 }

    private let fd: Int32
    private unowned let reactor: Reactor
    private let server: Server
    private let ended: (TCPConnection) -> Void
    // Both buffers live as long as the connection; the loops below never go past their sizes.
    private let input = UnsafeMutablePointer<UInt8>.allocate(capacity: inputSize)
    private let output = UnsafeMutablePointer<UInt8>.allocate(capacity: outputSize)
    private var received = 0
    private var written = 0
    private var unsent: [UInt8] = []
    private var open = true

    init(fd: Int32, reactor: Reactor, server: Server, ended: @escaping (TCPConnection) -> Void) {
        self.fd = fd
        self.reactor = reactor
        self.server = server
        self.ended = ended
    }

    deinit {
        input.deallocate()
        output.deallocate()
    }

    package func ready(_ events: UInt32) {
        // Also upon an error event: sending is what tells of it.
        if !unsent.isEmpty { sendUnsent() }
        guard open, unsent.isEmpty else { return }
        let count = recv(fd, input + received, Self.inputSize - received, 0)
        if count > 0 {
            received += count
            answerWholeRequests()
            flush()
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            finish()
        }
    }

    func hangUp() {
        guard open else { return }
        open = false
        reactor.removeAndClose(fd)
    }

    private func finish() {
        hangUp()
        ended(self)
    }

    private func answerWholeRequests() {
        var start = 0
        while open, received - start > Self.headerSize {
            let header = UnsafeBufferPointer(start: UnsafePointer(input + start), count: Self.headerSize)
            let length = header.word(at: 4)
            guard header.word(at: 2) == 0, (2...254).contains(length) else { return finish() }
            guard received - start >= 6 + length else { break }
            answer(UnsafeBufferPointer(start: UnsafePointer(input + start), count: 6 + length))
            start += 6 + length
        }
        received -= start
        if start > 0, received > 0 { input.update(from: input + start, count: received) }
    }

    private func answer(_ frame: UnsafeBufferPointer<UInt8>) {
        if written + Self.headerSize + 253 > Self.outputSize { flush() }
        guard open else { return }
        let reply = output + written
        let request = UnsafeBufferPointer(rebasing: frame[Self.headerSize...])
        guard let answer = server.answer(unit: frame[6], request, over: .tcp, into: reply + Self.headerSize) else {
            return
        }
        reply[0] = frame[0]
        reply[1] = frame[1]
        reply.advanced(by: 2).put(word: 0)
        reply.advanced(by: 4).put(word: answer.length + 1)
        reply[6] = answer.unit
        deliver(reply, length: Self.headerSize + answer.length, answer.delivery)
    }

    private func deliver(_ reply: UnsafeMutablePointer<UInt8>, length: Int, _ delivery: Delivery) {
        switch delivery {
        case .atOnce: written += length
        case .never: break
        case .after(let delay): deliver(Array(UnsafeBufferPointer(start: reply, count: length)), after: delay)
        case .hangUp: finish()
        case .truncated: written += length / 2
        case .junk(let seed):
            Delivery.fill(reply, length: length, seed: seed)
            written += length
        case .wrongTransaction:
            reply[1] &+= 1
            written += length
        }
    }

    private func deliver(_ frame: [UInt8], after delay: Int64) {
        reactor.after(delay) { [weak self] in
            guard let self, open else { return }
            send(frame)
        }
    }

    private func flush() {
        guard open, written > 0 else { return }
        let sent = unsent.isEmpty ? max(0, Glibc.send(fd, output, written, Int32(MSG_NOSIGNAL))) : 0
        if sent < written { keep(UnsafeBufferPointer(start: output + sent, count: written - sent)) }
        written = 0
    }

    private func send(_ frame: [UInt8]) {
        let sent = unsent.isEmpty ? max(0, Glibc.send(fd, frame, frame.count, Int32(MSG_NOSIGNAL))) : 0
        if sent < frame.count { frame.withUnsafeBufferPointer { keep(UnsafeBufferPointer(rebasing: $0[sent...])) } }
    }

    /// Until the client reads its answers it is not asked for more requests, so this can't grow without limit.
    private func keep(_ bytes: UnsafeBufferPointer<UInt8>) {
        unsent.append(contentsOf: bytes)
        reactor.change(fd, to: Reactor.writable)
    }

    private func sendUnsent() {
        let sent = Glibc.send(fd, unsent, unsent.count, Int32(MSG_NOSIGNAL))
        guard sent >= 0 else { return errno == EAGAIN ? () : finish() }
        unsent.removeFirst(sent)
        if unsent.isEmpty { reactor.change(fd, to: Reactor.readable) }
    }
}

extension Delivery {
    static func fill(_ bytes: UnsafeMutablePointer<UInt8>, length: Int, seed: UInt64) {
        var random = Randomness(seed: seed)
        for index in 0..<length { bytes[index] = UInt8(truncatingIfNeeded: random.next()) }
    }
}
