import FieldGateTesting
import FieldModel
import ModbusLink
import Platform
import Synchronization
import Testing

@Suite("A bus's thread")
struct BusThreadTests {
    /// What happened on the thread, in order.
    private final class Record: Sendable {
        private let entries = Mutex<[String]>([])
        func add(_ entry: String) { entries.withLock { $0.append(entry) } }
        var all: [String] { entries.withLock { $0 } }
    }

    /// Holds a transaction until the test lets it go on.
    private final class Gate: Sendable {
        private let open = Monitor(false)
        func pass() { open.wait { $0 ? .done(()) : .pause(.seconds(60)) } }
        func lift() {
            open.signal { open in
                open = true
                return true
            }
        }
    }

    private final class QuietBus: Bus {
        let record: Record
        init(_ record: Record) { self.record = record }
        func connect() {}
        func read(_ request: ReadRequest, into values: inout [UInt16]) {}
        func write(_ request: WriteRequest) {}
        func disconnect() { record.add("disconnect") }
    }

    /// One poll that waits at the gate, and then one every so often.
    private final class GatedPoll: BusThread.Poll {
        let record: Record
        let gate: Gate
        let pause: Duration
        init(_ record: Record, _ gate: Gate, pause: Duration) {
            (self.record, self.gate, self.pause) = (record, gate, pause)
        }

        func turn(_ bus: any Bus) -> Instant {
            record.add("poll")
            gate.pass()
            return SystemTime(source: .system).now() + pause
        }
    }

    private let record = Record()
    private let gate = Gate()

    /// A thread whose first poll is at the gate.
    private func start(pause: Duration = .seconds(3600)) async throws -> BusThread {
        let (record, gate) = (self.record, self.gate)
        let thread = try BusThread(name: "bus", priority: .normal, time: SystemTime(source: .system)) {
            (QuietBus(record), GatedPoll(record, gate, pause: pause))
        }
        try await eventually("the poll is in flight") { record.all == ["poll"] }
        return thread
    }

    private func post(_ thread: BusThread, _ lane: BusThread.Lane, _ name: String) -> Bool {
        let record = self.record
        return thread.post(lane) { _ in record.add(name) }
    }

    @Test("takes control before commands and commands before the poll, and none waits for more than one transaction")
    func order() async throws {
        let thread = try await start(pause: .zero)
        for (lane, name) in [(.command, "a"), (.control, "1"), (.command, "b"), (.control, "2")]
            as [(BusThread.Lane, String)]
        {
            #expect(post(thread, lane, name))
        }
        gate.lift()
        try await eventually("the polls go on") { record.all.count > 5 }
        thread.stop()
        thread.join()
        #expect(record.all.prefix(6) == ["poll", "1", "2", "a", "b", "poll"])
    }

    @Test("polls again when the poll has said, not before, and does what is posted in between")
    func pauses() async throws {
        let thread = try await start()
        gate.lift()
        for number in 0..<50 {
            #expect(post(thread, .command, "\(number)"))
            try await eventually("item \(number)") { record.all.last == "\(number)" }
        }
        thread.stop()
        thread.join()
        #expect(record.all == ["poll"] + (0..<50).map(String.init) + ["disconnect"])
    }

    @Test("refuses what goes beyond a lane's limit, for that lane only")
    func limit() async throws {
        let thread = try await start()
        for number in 0..<BusThread.laneLimit { #expect(post(thread, .command, "\(number)")) }
        #expect(!post(thread, .command, "too many"))
        #expect(post(thread, .control, "control"))
        gate.lift()
        try await eventually("the lanes are empty") { record.all.count == BusThread.laneLimit + 2 }
        #expect(record.all[1] == "control")
        #expect(post(thread, .command, "room again"))
        thread.stop()
        thread.join()
        #expect(!record.all.contains("too many"))
    }

    @Test("does what waits in the lanes before it stops, takes nothing more, and disconnects last")
    func stopping() async throws {
        let thread = try await start()
        for number in 0..<10 { #expect(post(thread, number % 2 == 0 ? .command : .control, "\(number)")) }
        thread.stop()
        #expect(!post(thread, .control, "late"))
        gate.lift()
        thread.join()
        #expect(record.all == ["poll", "1", "3", "5", "7", "9", "0", "2", "4", "6", "8", "disconnect"])
    }

    @Test("shows its progress while it turns")
    func progress() async throws {
        let thread = try await start(pause: .zero)
        gate.lift()
        let before = thread.progress
        try await eventually("it turns") { thread.progress > before + 100 }
        thread.stop()
        thread.join()
    }
}
