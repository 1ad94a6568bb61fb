import CSystem
import FieldModel
import Platform

/// One Modbus TCP connection for control alone, on control's event loop: nothing here blocks, and no reply is waited for
/// longer than its time.
///
/// Transactions are made one at a time and in order; `begin` starts a job of several, `takeOutcome` tells its end.
package final class ControlConnection: EventSource {
    /// What a job brought: the words of its reads, in order.
    package struct Outcome {
        package var result: Result<[[UInt16]], BusFault>
        /// When the first request left.
        package var left: Instant
    }

    private enum Transaction {
        case write(WriteRequest, encoded: [UInt8])
        case read(ReadRequest)
    }

    private let timeout: Duration
    private let time: any TimeSource
    private var socket: Int32
    private var transaction: UInt16 = 0
    private var replies = ReplyScanner()
    private var pending: [Transaction] = []
    private var current: Transaction?
    private var unit: UInt8 = 0
    private var answers: [[UInt16]] = []
    private var began = Instant(nanoseconds: 0)
    private var outcome: Outcome?
    private var frame: [UInt8] = []
    private var values = [UInt16](repeating: 0, count: 2000)

    package private(set) var deadline: Instant?
    /// Why the connection is over, once it is.
    package private(set) var fault: BusFault?

    /// Takes the connected, non-blocking `socket` over.
    package init(socket: Int32, timeout: Duration, time: any TimeSource) {
        self.socket = socket
        self.timeout = timeout
        self.time = time
        frame.reserveCapacity(300)
        pending.reserveCapacity(16)
    }

    deinit {
        if socket >= 0 { close(socket) }
    }

    package var descriptor: Int32 { socket }
    package var interest: EventInterest { .read }
    package var isBusy: Bool { current != nil || outcome != nil }

    /// Writes first, then reads; the next only when the one before was answered. Only when nothing is under way.
    package func begin(writes: [WriteRequest], reads: [ReadRequest], at now: Instant) {
        precondition(!isBusy, "one job at a time")
        pending.removeAll(keepingCapacity: true)
        for write in writes { pending.append(.write(write, encoded: ProtocolDataUnit.encode(write))) }
        for read in reads { pending.append(.read(read)) }
        pending.reverse()
        answers = []
        began = now
        next(at: now)
    }

    /// What of the job has not left yet never does; the transaction under way is waited for.
    package func dropUnsent() { pending.removeAll(keepingCapacity: true) }

    /// What became of the job, once.
    package func takeOutcome() -> Outcome? {
        defer { outcome = nil }
        return outcome
    }

    package func ready(_ events: EventInterest, at now: Instant) {
        if events.contains(.read) { receive(at: now) }
        if let deadline, now >= deadline, current != nil { fail(.timeout) }
    }

    private func next(at now: Instant) {
        guard fault == nil else { return fail(fault ?? .timeout) }
        guard let transaction = pending.popLast() else {
            (current, deadline) = (nil, nil)
            outcome = Outcome(result: .success(answers), left: began)
            return
        }
        current = transaction
        deadline = now + timeout
        send(transaction)
    }

    private func send(_ transaction: Transaction) {
        self.transaction &+= 1
        let body: [UInt8]
        switch transaction {
        case .write(let request, let encoded): (unit, body) = (request.unit, encoded)
        case .read(let request): (unit, body) = (request.unit, ProtocolDataUnit.encode(request))
        }
        let length = UInt16(body.count + 1)
        frame.removeAll(keepingCapacity: true)
        frame.append(contentsOf: [UInt8(self.transaction >> 8), UInt8(truncatingIfNeeded: self.transaction), 0, 0])
        frame.append(contentsOf: [UInt8(length >> 8), UInt8(truncatingIfNeeded: length), unit])
        frame.append(contentsOf: body)
        let sent = CSystem.send(socket, frame, frame.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        guard sent != frame.count else { return }
        lose(sent >= 0 || fg_errno() == EAGAIN ? "the device takes no more data" : SystemError.text(fg_errno()))
    }

    private func receive(at now: Instant) {
        let received = replies.fill { recv(socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT)) }
        guard received != 0 else { return lose("the device closed the connection") }
        if received < 0 {
            let code = fg_errno()
            if code != EAGAIN, code != EINTR { lose(SystemError.text(code)) }
            return
        }
        do throws(BusFault) {
            while let frame = try replies.next(transaction, unit: unit) {
                guard let current else {
                    _ = try replies.take(frame) { _ in }
                    continue
                }
                try take(frame, of: current)
                next(at: now)
            }
        } catch {
            if case .exception = error { fail(error) } else { lose(error.summary, error) }
        }
    }

    private func take(_ frame: Int, of transaction: Transaction) throws(BusFault) {
        switch transaction {
        case .write(let request, let encoded):
            try replies.take(frame) { reply throws(BusFault) in
                try ProtocolDataUnit.check(reply, to: request, encoded: encoded)
            }
        case .read(let request):
            try replies.take(frame) { reply throws(BusFault) in
                try ProtocolDataUnit.decode(reply, to: request, into: &values)
            }
            answers.append(Array(values[..<Int(request.count)]))
        }
    }

    private func fail(_ fault: BusFault) {
        (current, deadline) = (nil, nil)
        pending.removeAll(keepingCapacity: true)
        outcome = Outcome(result: .failure(fault), left: began)
    }

    private func lose(_ reason: String, _ fault: BusFault? = nil) {
        self.fault = fault ?? .disconnected(reason)
        if current != nil { fail(self.fault ?? .timeout) }
    }
}
