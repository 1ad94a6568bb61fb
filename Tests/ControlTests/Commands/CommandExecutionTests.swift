import Control
import FieldGateTesting
import FieldModel
import Testing

@Suite("Carrying a command out")
struct CommandExecutionTests {
    private let bus = ScriptedBus()

    init() {
        bus.set([1, 2, 3, 4, 5], unit: 3, at: 10)
        bus.set([0, 0, 0, 0], unit: 3, at: 20)
        bus.set([9], unit: 3, at: 30)
        bus.set([0], unit: 3, table: .coil, at: 5)
    }

    private func run(
        _ setPoints: [(String, CommandValue)], stillValid: () -> Verdict? = { nil }
    ) throws -> [CommandResult] {
        let command = Loader.command(setPoints)
        let writes = try #require(Loader.judge(command).writes)
        var told: [CommandResult] = []
        CommandExecution(command: command, writes: writes).run(on: bus, stillValid: stillValid) { told.append($0) }
        return told
    }

    @Test("A write is told when the device confirms it, and again when it is read back")
    func confirmed() throws {
        let told = try run([("SpeedLimit", Loader.number("30"))])
        #expect(told.map(\.stage) == [.written, .confirmed])
        #expect(told.allSatisfy { $0.id == "c-1" && $0.device == "loader" && $0.point == "SpeedLimit" })
        #expect(told.allSatisfy { $0.value == .integer(30) && $0.reason == nil })
        #expect(bus.values(unit: 3, at: 10) == [30])
        #expect(
            bus.calls == [
                .connect, .write(WriteRequest(unit: 3, table: .holding, address: 10, values: [30])),
                .read(ReadRequest(unit: 3, table: .holding, address: 10, count: 1)),
            ])
    }

    @Test("Without a read-back, written is the last word")
    func written() throws {
        let told = try run([("Start", Loader.number("1"))])
        #expect(told.map(\.stage) == [.written])
        #expect(bus.reads.isEmpty)
    }

    @Test("The final stage is known beforehand")
    func finalStage() throws {
        func final(_ setPoints: [(String, CommandValue)]) throws -> CommandStage {
            let command = Loader.command(setPoints)
            return CommandExecution(command: command, writes: try #require(Loader.judge(command).writes)).finalStage
        }
        #expect(try final([("Start", Loader.number("1"))]) == .written)
        #expect(try final([("Start", Loader.number("1")), ("Free", Loader.number("1"))]) == .confirmed)
    }

    @Test("A device that confirms and does not act is found out by the read-back")
    func differs() throws {
        bus.deaf = [3]
        let told = try run([("SpeedLimit", Loader.number("30"))])
        #expect(told.map(\.stage) == [.written, .failed])
        #expect(told.last?.reason == "read_back_differs")
        #expect(told.last?.detail == "wrote registers [30], read [1]")
        #expect(told.last?.point == "SpeedLimit")
    }

    @Test(
        "A write the bus fails is told with its reason, and nothing is read back",
        arguments: [
            (.timeout, "timeout", "no answer in time"),
            (.exception(3), "exception_3", "exception 3 (illegal data value)"),
            (.disconnected("reset"), "disconnected", "not connected: reset"),
            (.protocolViolation("short"), "protocol", "wrong answer: short"),
        ] as [(BusFault, String, String)])
    func faults(_ fault: BusFault, _ reason: String, _ detail: String) throws {
        bus.script = { _ in fault }
        let told = try run([("SpeedLimit", Loader.number("30"))])
        #expect(told.map(\.stage) == [.failed])
        #expect(told.first?.reason == reason)
        #expect(told.first?.detail == detail)
        #expect(bus.reads.isEmpty)
        #expect(bus.writes.count == 1)
    }

    @Test("A bus that is not there fails the command before anything is written")
    func noBus() throws {
        bus.connectFault = .disconnected("refused")
        let told = try run([("SpeedLimit", Loader.number("30"))])
        #expect(told.map(\.stage) == [.failed])
        #expect(told.first?.reason == "disconnected")
        #expect(bus.writes.isEmpty)
    }

    @Test("A read-back that fails says that the write was made")
    func readBackFails() throws {
        bus.script = { call in if case .read = call { .timeout } else { nil } }
        let told = try run([("SpeedLimit", Loader.number("30"))])
        #expect(told.map(\.stage) == [.written, .failed])
        #expect(told.last?.detail == "written, but not read back: no answer in time")
    }

    @Test("A command that expired while it waited is rejected at the moment of leaving, and nothing is written")
    func expiredInTheQueue() throws {
        let expires = Loader.now
        let late = Timestamp(microseconds: expires.microseconds + 1)
        let command = Loader.command([("SpeedLimit", Loader.number("30"))], expires: expires)
        let told = try run([("SpeedLimit", Loader.number("30"))]) {
            CommandGate.expiry(of: command, at: late, clock: .synced)
        }
        #expect(told.map(\.stage) == [.rejected])
        #expect(told.first?.reason == "expired")
        #expect(bus.calls.isEmpty)
    }

    @Test("The moment of leaving is asked for once")
    func askedOnce() throws {
        var asked = 0
        _ = try run([("SpeedLimit", Loader.number("30")), ("Free", Loader.number("1"))]) {
            asked += 1
            return nil
        }
        #expect(asked == 1)
    }

    @Test("A batch is written in order, and read back when all of it is written")
    func batch() throws {
        let told = try run([("Free", Loader.number("7")), ("Start", Loader.number("1")), ("Horn", .bool(true))])
        #expect(told.map(\.stage) == [.written, .confirmed])
        #expect(told.allSatisfy { $0.point == nil && $0.value == nil })
        #expect(bus.writes.map(\.address) == [30, 14, 5])
        #expect(bus.reads.map(\.address) == [30, 5])
        #expect(bus.values(unit: 3, table: .coil, at: 5) == [1])
    }

    @Test("A batch stops at the first write that fails, and names it")
    func batchStops() throws {
        bus.script = { call in
            if case .write(let request) = call, request.address == 14 { .exception(4) } else { nil }
        }
        let told = try run([("Free", Loader.number("7")), ("Start", Loader.number("1")), ("Horn", .bool(true))])
        #expect(told.map(\.stage) == [.failed])
        #expect(told.first?.point == "Start")
        #expect(bus.writes.map(\.address) == [30, 14])
        #expect(bus.reads.isEmpty)
    }
}
