import SimulatedMachines
import SimulatorKit
import Testing

@Suite("The control commands")
struct ControlTests {
    @Test(
        "mean what the manual says",
        arguments: [
            ("status", .status), ("freeze", .freeze), ("thaw", .thaw), ("fault none", .fault(.none, nil)),
            ("fault silent for 10s", .fault(.silent, 10_000_000_000)),
            ("fault slow 300ms", .fault(.slow(300_000_000), nil)),
            ("fault exception 4 for 1.5s", .fault(.exception(.serverDeviceFailure), 1_500_000_000)),
            ("set FuelRemaining 20", .set("FuelRemaining", 20)), ("hold WorkLight on", .hold("WorkLight", 1)),
            ("release all", .release("all")), ("registers input 0 10", .registers(.input, address: 0, count: 10)),
            ("registers coil 1", .registers(.coil, address: 1, count: 1)),
        ] as [(String, ControlCommand)])
    func commands(line: String, command: ControlCommand) throws {
        #expect(try ControlCommand.parse(line) == command)
    }

    @Test(
        "say what is accepted when they can't be understood",
        arguments: [
            "", "jump", "fault", "fault loud", "fault slow", "fault slow soon", "fault exception 9", "fault silent for",
            "set FuelRemaining", "set FuelRemaining much", "registers bits 0", "registers input x",
        ])
    func misunderstood(line: String) {
        let fault = #expect(throws: ControlFault.self) { try ControlCommand.parse(line) }
        #expect(fault.map { $0.description.contains("accepted") || $0.description.contains("comes") } == true)
    }

    @Test("set a quantity once, from where the machine goes on")
    func set() {
        let bench = Bench(WheelLoader.self)
        #expect(bench.control.obey("set fuelremaining 50") == .done)
        bench.pass(seconds: 120)
        _ = bench.ask([0x04, 0, 0, 0, 1])
        #expect((45..<50).contains(bench.simulation.machine.engine.fuelRemaining))
    }

    @Test("hold a quantity until it is released")
    func hold() {
        let bench = Bench(WheelLoader.self)
        #expect(bench.control.obey("hold EngineCoolantTemperature 110") == .done)
        bench.pass(seconds: 60)
        _ = bench.control.obey("status")
        #expect(bench.simulation.machine.engine.coolant == 110)
        #expect(bench.simulation.machine.coolantAlarmIsShown)
        #expect(bench.control.obey("release EngineCoolantTemperature") == .done)
        bench.pass(seconds: 600)
        _ = bench.control.obey("status")
        #expect(bench.simulation.machine.engine.coolant < 105)
    }

    @Test("name the quantities there are when one can't be set")
    func unknownQuantity() {
        let reply = Bench(DustSensor.self).control.obey("set Latitude 1").text
        #expect(reply.hasPrefix(#"{"ok":false,"#))
        #expect(reply.contains("PM2_5"))
    }

    @Test("show registers as a client reads them")
    func registers() {
        let bench = Bench(WheelLoader.self)
        let reply = bench.control.obey("registers holding 0 3").text
        #expect(reply == #"{"ok":true,"table":"holding","address":0,"values":[100,2200,500]}"#)
        #expect(bench.control.obey("registers holding 3 1").text.contains("not all in the data sheet"))
    }

    @Test("are answered with JSON that escapes what it has to")
    func escapes() {
        #expect(JSON.string("a\"b\\c\n").text == #""a\"b\\c\u000a""#)
        #expect(
            JSON.members(["x": .number(.nan), "y": .array([.integer(1), .null])]).text == #"{"x":null,"y":[1,null]}"#)
    }
}

extension WheelLoader {
    fileprivate var coolantAlarmIsShown: Bool {
        Self.registers.first { $0.layout.name == "CoolantAlarm" }?.quantity(of: self) == .flag(true)
    }
}
