import SimulatedMachines
import SimulatorKit
import Testing

/// A clock that the test moves.
final class ManualTime {
    /// Nanoseconds.
    var now: Int64 = 0
}

/// A machine served without a line.
final class Bench<Machine: SimulatedMachine> {
    let simulation: MachineSimulation<Machine>
    let server: MachineServer<Machine>
    let control: MachineControl<Machine>
    private let time = ManualTime()

    convenience init(_ type: Machine.Type, unit: UInt8 = 1) { self.init(Machine(seed: 1), unit: unit) }

    init(_ machine: Machine, unit: UInt8 = 1) {
        let clock = { [time] in time.now }
        simulation = MachineSimulation(machine, now: 0)
        server = MachineServer(simulation, unit: unit, seed: 1, clock: clock)
        control = MachineControl(simulation, clock: clock)
    }

    func pass(seconds: Int64) { pass(nanoseconds: seconds * 1_000_000_000) }

    func pass(nanoseconds: Int64) { time.now += nanoseconds }

    func ask(_ request: [UInt8], unit: UInt8 = 1, over transport: Transport = .tcp) -> (pdu: [UInt8], answer: Answer?) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 260) { reply in
            let answer = request.withUnsafeBufferPointer {
                server.answer(unit: unit, $0, over: transport, into: reply.baseAddress!)
            }
            return (Array(reply[0..<(answer?.length ?? 0)]), answer)
        }
    }
}

@Suite("A simulated machine on a line")
struct MachineServerTests {
    private let readSpeed: [UInt8] = [0x04, 0, 1, 0, 1]
    private let readLimit: [UInt8] = [0x03, 0, 0, 0, 1]

    @Test("answers only for addresses that its data sheet has")
    func addresses() {
        let bench = Bench(WheelLoader.self)
        #expect(bench.ask([0x04, 0, 0, 0, 28]).pdu.count == 58)
        #expect(bench.ask([0x04, 0, 0, 0, 29]).pdu == [0x84, 0x02])
        #expect(bench.ask([0x03, 0, 3, 0, 1]).pdu == [0x83, 0x02])
        #expect(bench.ask([0x02, 0, 3, 0, 1]).pdu == [0x82, 0x02])
        #expect(bench.ask([0x04, 0xFF, 0xFF, 0, 2]).pdu == [0x84, 0x02])
    }

    @Test("serves every row of its data sheet")
    func everyRow() {
        func check<Machine: SimulatedMachine>(_ type: Machine.Type) {
            let bench = Bench(type)
            let functions: [Table: UInt8] = [.coil: 1, .discrete: 2, .holding: 3, .input: 4]
            for layout in Machine.registers.map(\.layout) {
                let function = functions[layout.table]!
                let request = [function, UInt8(layout.address >> 8), UInt8(layout.address & 0xFF)]
                let reply = bench.ask(request + [0, UInt8(layout.type.addresses)]).pdu
                #expect(reply.first == function, "\(Machine.name) \(layout.name)")
            }
        }
        check(WheelLoader.self)
        check(InspectionDrone.self)
        check(DustSensor.self)
    }

    @Test("takes a write within its limits and refuses one beyond them with exception 3")
    func limits() {
        let bench = Bench(WheelLoader.self)
        #expect(bench.ask([0x06, 0, 0, 0, 40]).pdu == [0x06, 0, 0, 0, 40])
        #expect(bench.ask([0x06, 0, 0, 0, 101]).pdu == [0x86, 0x03])
        #expect(bench.ask(readLimit).pdu == [0x03, 2, 0, 40])
    }

    @Test("refuses a write to a read-only register with exception 2 and then writes none of the block")
    func readOnly() {
        let bench = Bench(WheelLoader.self)
        #expect(bench.ask([0x06, 0, 10, 0, 1]).pdu == [0x86, 0x02])
        #expect(bench.ask([0x10, 0, 0, 0, 2, 4, 0, 50, 0, 1]).pdu == [0x90, 0x03])
        #expect(bench.ask(readLimit).pdu == [0x03, 2, 0, 100])
    }

    @Test("keeps the other half of a value that is written in part")
    func partOfValue() {
        let bench = Bench(InspectionDrone.self)
        // 12.0 is 41400000; its most significant register comes last and becomes 4100, which makes 8.0.
        #expect(bench.ask([0x06, 0, 2, 0x41, 0x00]).pdu == [0x06, 0, 2, 0x41, 0x00])
        #expect(bench.simulation.machine.pilotSettings.cruiseSpeed == 8)
    }

    @Test("leaves other units alone on a serial line, and says over TCP that nobody is there")
    func otherUnits() {
        let bench = Bench(WheelLoader.self, unit: 7)
        #expect(bench.ask(readSpeed, unit: 7).pdu.first == 0x04)
        #expect(bench.ask(readSpeed, unit: 8, over: .rtu).answer == nil)
        #expect(bench.ask(readSpeed, unit: 8).pdu == [0x84, 0x0B])
        #expect(bench.ask(readSpeed, unit: 0).pdu == [0x84, 0x0B])
    }

    @Test("obeys a broadcast in silence")
    func broadcast() {
        let bench = Bench(WheelLoader.self)
        #expect(bench.ask([0x06, 0, 0, 0, 30], unit: 0, over: .rtu).answer == nil)
        #expect(bench.simulation.machine.operatorSettings.bucketSpeedLimit == 30)
    }

    @Test("keeps every register while frozen, and goes on where it was")
    func freeze() {
        let bench = Bench(WheelLoader.self)
        bench.pass(seconds: 30)
        let before = bench.ask([0x04, 0, 0, 0, 28]).pdu
        _ = bench.control.obey("freeze")
        bench.pass(seconds: 60)
        #expect(bench.ask([0x04, 0, 0, 0, 28]).pdu == before)
        let elapsed = bench.simulation.elapsed
        _ = bench.control.obey("thaw")
        bench.pass(seconds: 10)
        #expect(bench.ask([0x04, 0, 0, 0, 28]).pdu != before)
        #expect(abs(bench.simulation.elapsed - elapsed - 10) < 0.1)
    }

    @Test("shows old values while stuck though the machine goes on")
    func stuck() {
        let bench = Bench(WheelLoader.self)
        bench.pass(seconds: 30)
        _ = bench.control.obey("fault stuck for 60s")
        let before = bench.ask([0x04, 0, 0, 0, 28]).pdu
        bench.pass(seconds: 30)
        #expect(bench.ask([0x04, 0, 0, 0, 28]).pdu == before)
        bench.pass(seconds: 31)
        #expect(bench.ask([0x04, 0, 0, 0, 28]).pdu != before)
        #expect(bench.simulation.elapsed > 85)
    }

    @Test(
        "spoils its answers as it is told",
        arguments: [
            ("silent", .never), ("slow 300ms", .after(300_000_000)), ("truncate", .truncated), ("close", .hangUp),
            ("wrong-transaction", .wrongTransaction), ("none", .atOnce),
        ] as [(String, Delivery)])
    func deliveries(fault: String, delivery: Delivery) {
        let bench = Bench(WheelLoader.self)
        #expect(bench.control.obey("fault \(fault)") == .done)
        #expect(bench.ask(readSpeed).answer?.delivery == delivery)
    }

    @Test("refuses, answers for another unit or function, or sends junk as it is told")
    func contents() {
        let bench = Bench(WheelLoader.self)
        for code in [2, 4, 6] as [UInt8] {
            _ = bench.control.obey("fault exception \(code)")
            #expect(bench.ask(readSpeed).pdu == [0x84, code])
        }
        _ = bench.control.obey("fault wrong-unit")
        #expect(bench.ask(readSpeed).answer?.unit == 2)
        _ = bench.control.obey("fault wrong-function")
        #expect(bench.ask(readSpeed).pdu.first == 0x03)
        #expect(bench.ask(readLimit).pdu.first == 0x04)
        _ = bench.control.obey("fault junk")
        guard case .junk = bench.ask(readSpeed).answer?.delivery else {
            Issue.record("the answer is not junk")
            return
        }
    }

    @Test("ends a fault when its time is over")
    func faultEnds() {
        let bench = Bench(WheelLoader.self)
        _ = bench.control.obey("fault silent for 10s")
        #expect(bench.ask(readSpeed).answer?.delivery == .never)
        bench.pass(seconds: 10)
        #expect(bench.ask(readSpeed).answer?.delivery == .atOnce)
    }
}
