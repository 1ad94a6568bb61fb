import FieldModel
import ModbusLink
import Testing

/// How a device may answer, and what the bus must make of it.
struct Misbehaviour: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Hashable {
        case values, timeout, disconnected, violation, exception(UInt8)

        init(_ fault: BusFault) {
            self =
                switch fault {
                case .timeout: .timeout
                case .disconnected: .disconnected
                case .protocolViolation: .violation
                case .exception(let code): .exception(code)
                }
        }
    }

    var testDescription: String
    var outcome: Outcome
    var steps: @Sendable (_ request: [UInt8]) -> [RawServer.Step]

    init(_ name: String, _ outcome: Outcome, _ steps: @escaping @Sendable ([UInt8]) -> [RawServer.Step]) {
        (testDescription, self.outcome, self.steps) = (name, outcome, steps)
    }

    /// A right answer with one change.
    init(_ name: String, _ outcome: Outcome, change: @escaping @Sendable (inout Reply) -> Void) {
        self.init(name, outcome) { [.send(Reply($0).with(change).bytes)] }
    }

    static let all: [Misbehaviour] = [
        Misbehaviour("a right answer", .values) { _ in },
        Misbehaviour("another unit", .violation) { $0.unit &+= 1 },
        Misbehaviour("another function", .violation) { $0.data[0] = 4 },
        Misbehaviour("the next transaction", .violation) { $0.transaction &+= 1 },
        Misbehaviour("a transaction of long ago", .violation) { $0.transaction &-= 65 },
        Misbehaviour("another protocol", .violation) { $0.protocolNumber = 1 },
        Misbehaviour("a length above any frame's", .violation) { $0.length = 255 },
        Misbehaviour("a length of 65535", .violation) { $0.length = 65_535 },
        Misbehaviour("a length too short for any answer", .violation) { $0.length = 2 },
        Misbehaviour("a length of nothing", .violation) { $0.length = 0 },
        Misbehaviour("one register too few", .violation) {
            $0.data.removeLast(2); $0.data[1] -= 2
        },
        Misbehaviour("one register too many", .violation) {
            $0.data += [0, 0]; $0.data[1] += 2
        },
        Misbehaviour("a byte count that lies", .violation) { $0.data[1] += 1 },
        Misbehaviour("exception 2", .exception(2)) { $0.data = [0x83, 2] },
        Misbehaviour("exception 255", .exception(255)) { $0.data = [0x83, 255] },
        Misbehaviour("an exception with something behind it", .violation) { $0.data = [0x83, 2, 0] },
        Misbehaviour("an exception to another function", .violation) { $0.data = [0x84, 2] },
        Misbehaviour("junk", .violation) { _ in [.send((0..<40).map { UInt8($0 * 37 & 0xFF) | 1 })] },
        Misbehaviour("text", .violation) { _ in [.send(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))] },
        Misbehaviour("a right answer in single bytes", .values) { [.trickle(Reply($0).bytes, milliseconds: 1)] },
        Misbehaviour("a late answer to the request before, then the right one", .values) { request in
            [
                .send(
                    Reply(request).with {
                        $0.transaction &-= 1; $0.data = [0x83, 4]
                    }.bytes + Reply(request).bytes)
            ]
        },
        Misbehaviour("sixty-four late answers, then the right one", .values) { request in
            let late = (1...64).flatMap { age in Reply(request).with { $0.transaction &-= UInt16(age) }.bytes }
            return [.send(late), .send(Reply(request).bytes)]
        },
        Misbehaviour("the right answer twice", .values) { [.send(Reply($0).bytes + Reply($0).bytes)] },
        Misbehaviour("the right answer and the beginning of another", .values) { request in
            [
                .send(Reply(request).bytes + Reply(request).bytes.prefix(5)),
                .send(Array(Reply(request).bytes.dropFirst(5))),
            ]
        },
        Misbehaviour("nothing, and the connection closed", .disconnected) { _ in [.close] },
        Misbehaviour("half an answer, and the connection closed", .disconnected) {
            [.send(Array(Reply($0).bytes.prefix(9))), .close]
        },
        Misbehaviour("silence", .timeout) { _ in [] },
        Misbehaviour("half an answer, then silence", .timeout) { [.send(Array(Reply($0).bytes.prefix(8)))] },
        Misbehaviour("an answer so slow in its bytes that it takes seconds", .timeout) {
            [.trickle(Array(Reply($0).bytes.prefix(15)), milliseconds: 60)]
        },
        Misbehaviour("late answers only, one after another", .timeout) { request in
            let late = Reply(request).with { $0.transaction &-= 1 }.bytes
            return [.trickle(Array(repeatElement(late, count: 4).joined()), milliseconds: 10)]
        },
    ]
}

@Suite("A Modbus TCP device that answers with")
struct MisbehavingDeviceTests {
    private let request = ReadRequest(unit: 17, table: .holding, address: 100, count: 5)

    @Test("wrong bytes gives its named fault, and the next transaction works", arguments: Misbehaviour.all)
    func outcome(_ misbehaviour: Misbehaviour) throws {
        let server = try RawServer { number, request in
            number == 1 ? misbehaviour.steps(request) : [.send(Reply(request).bytes)]
        }
        // Only those that wait for an answer that never comes need a short limit.
        let timeout = misbehaviour.outcome == .timeout ? Duration.milliseconds(250) : .seconds(20)
        let bus = try ModbusBus(.tcp(host: "127.0.0.1", port: server.port), timeout: timeout)
        var values = [UInt16](repeating: 0, count: 5)
        try bus.connect()
        try bus.read(request, into: &values)
        #expect(values == [1, 2, 3, 4, 5])

        #expect(outcome(bus) == misbehaviour.outcome)
        // As the poller does: a connection where there is none, and another question.
        var answered = Misbehaviour.Outcome.timeout
        for _ in 0..<20 where answered == .timeout {
            try bus.connect()
            answered = outcome(bus)
        }
        #expect(answered == .values)
    }

    private func outcome(_ bus: ModbusBus) -> Misbehaviour.Outcome {
        var values = [UInt16](repeating: 0, count: 5)
        do throws(BusFault) {
            try bus.read(request, into: &values)
            #expect(values == [1, 2, 3, 4, 5])
            return .values
        } catch {
            #expect(!error.summary.isEmpty)
            return Misbehaviour.Outcome(error)
        }
    }

    @Test("a write's confirmation of something else is no confirmation", arguments: [8, 9, 10, 11])
    func writeConfirmation(place: Int) throws {
        let server = try RawServer { _, request in
            var reply = Array(request.prefix(12))
            reply[5] = 6
            reply[place] ^= 1
            return [.send(reply)]
        }
        let bus = try ModbusBus(.tcp(host: "127.0.0.1", port: server.port), timeout: .seconds(20))
        for values in [[7], [7, 8]] as [[UInt16]] {
            try bus.connect()
            #expect {
                try bus.write(WriteRequest(unit: 1, table: .holding, address: 3, values: values))
            } throws: { error in
                if case BusFault.protocolViolation = error { true } else { false }
            }
        }
    }

    @Test("nothing, and reads nothing, does not block the bus once the buffers are full")
    func deaf() throws {
        let server = try RawServer { _, _ in [.goDeaf] }
        // Megabytes of requests fit into the buffers, so none of them is waited for.
        let bus = try ModbusBus(.tcp(host: "127.0.0.1", port: server.port), timeout: .nanoseconds(1))
        let write = WriteRequest(unit: 1, table: .holding, address: 0, values: [UInt16](repeating: 1, count: 123))
        try bus.connect()
        var fault = BusFault.timeout
        for _ in 0..<100_000 where fault == .timeout {
            do throws(BusFault) { try bus.write(write) } catch { fault = error }
        }
        #expect(fault == .disconnected("the device takes no more data"))
    }
}
