import SimulatedMachines
import SimulatorKit
import Testing

@Suite("The remote control of the loader stops it")
struct RemoteStopTests {
    @Test("when the watchdog is not fed for its time, to the step, and fences the permit off")
    func watchdog() {
        let bench = RemoteBench()
        bench.makeReady(5, 3)
        bench.drive(1, under: 5, 3, travel: 50)
        bench.pass(milliseconds: 490)
        #expect(bench.state == 3)
        bench.pass(milliseconds: 10)
        #expect(bench.state == 4)
        #expect(bench.read(109) == [0])
        #expect(bench.permit == [0, 0])
        #expect(bench.fence == [5, 4])
        #expect(bench.read(120) == [1])
        #expect(bench.statusWord & 0b0010_0110 == 0b0000_0110)
        bench.drive(2, under: 5, 3, travel: 50)
        #expect(bench.read(121) == [1])
        bench.pass(milliseconds: 3_000)
        bench.arm(5, 3)
        #expect(bench.state == 4)
        bench.arm(5, 4)
        #expect(bench.state == 2)
    }

    @Test("when the counter stands still, though drives and reads come")
    func sameCounter() {
        let bench = RemoteBench()
        bench.makeReady()
        for _ in 0..<49 {
            bench.drive(1, travel: 50)
            bench.pass(milliseconds: 10)
        }
        #expect(bench.state == 3)
        bench.pass(milliseconds: 10)
        #expect(bench.state == 4)
    }

    @Test("not while any request feeds a watchdog of mode 2, and never in mode 0")
    func modes() {
        let bench = RemoteBench()
        bench.write(140, [200, 2])
        bench.makeReady()
        bench.drive(1, travel: 50)
        for _ in 0..<20 {
            bench.pass(milliseconds: 190)
            #expect(bench.state == 3)
        }
        bench.pass(milliseconds: 200)
        #expect(bench.state == 4)
        let off = RemoteBench()
        off.write(141, [0])
        off.makeReady()
        off.drive(1, travel: 50)
        off.pass(milliseconds: 60_000)
        #expect(off.state == 3)
        #expect(off.statusWord & 32 == 0)
    }

    @Test("at its own pace, though nobody asks")
    func ownPace() throws {
        let reactor = try Reactor()
        var loader = WheelLoader(seed: 1)
        loader.standByForRemoteControl()
        let station = try MachineStation(loader, at: .tcp(port: 0), reactor: reactor)
        defer { station.shutDown() }
        let client = try Client(port: station.port, reactor)
        let arm = RemoteBench.permit(5, 0) + [1]
        client.send(
            [0, 1, 0, 0, 0, 21, 1, 0x10, 0, 120, 0, 7, 14] + arm.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
        #expect(client.receive(12).suffix(5) == [0x10, 0, 120, 0, 7])
        #expect(station.simulation.machine.remote.permit != nil)
        while station.simulation.machine.remote.permit != nil { reactor.turn(atMost: 1_000_000_000) }
        #expect(station.simulation.machine.remote.tripped)
    }

    @Test("an armed machine that nobody drives trips as well")
    func armedOnly() {
        let bench = RemoteBench()
        bench.makeReady()
        bench.pass(milliseconds: 500)
        #expect(bench.state == 4)
        #expect(bench.tell("stops") == #"{"ok":true,"stops":[]}"#)
    }

    @Test("upon SafeRequest, which raises the fence and never lowers it")
    func safe() {
        let bench = RemoteBench()
        bench.makeReady()
        bench.drive(1, travel: 50)
        bench.safe(5, 2)
        #expect(bench.state == 1)
        #expect(bench.statusWord & 0b110 == 0b110)
        #expect(bench.fence == [5, 2])
        bench.safe(4, 9)
        #expect(bench.fence == [5, 2])
        #expect(bench.read(136, function: 3) == [0])
        #expect(bench.tell("status").contains(#""safe_writes":2"#))
        bench.drive(2, travel: 50)
        #expect(bench.read(109) == [0])
    }

    @Test(
        "when a local operator takes it or the emergency stop is pressed",
        arguments: [("LocalKey", 0, "local"), ("EmergencyStop", 5, "emergency")] as [(String, UInt16, String)])
    func switches(name: String, state: UInt16, cause: String) {
        let bench = RemoteBench()
        bench.makeReady(5, 3)
        bench.drive(1, under: 5, 3, travel: 50)
        _ = bench.tell("set \(name) on")
        #expect(bench.state == state)
        #expect(bench.read(109) == [0])
        #expect(bench.permit == [0, 0])
        #expect(bench.fence == [5, 4])
        #expect(bench.statusWord & 128 == 0)
        #expect(bench.remote.stops.entries.map(\.cause.rawValue) == [cause])
        bench.arm(6)
        #expect(bench.state == state)
        _ = bench.tell("set \(name) off")
        #expect(bench.state == 1)
    }
}

@Suite("Arming the loader")
struct RemoteArmingTests {
    @Test("is refused below the fence and accepted at it")
    func fence() {
        let bench = RemoteBench()
        bench.safe(5, 2)
        for (epoch, stop, state) in [(5, 1, 1), (4, 9, 1), (5, 2, 2), (6, 0, 2)] as [(UInt64, UInt32, UInt16)] {
            bench.arm(epoch, stop)
            #expect(bench.state == state)
            #expect(bench.read(126, function: 3) == [0])
        }
    }

    @Test("is refused while the machine moves, and takes away the permit that was")
    func moving() {
        let bench = RemoteBench()
        bench.makeReady()
        bench.keepDriving(seconds: 1, travel: 50)
        bench.arm(6)
        #expect(bench.permit == [0, 0])
        #expect(bench.statusWord & 2 == 2)
        bench.arm(6)
        #expect(bench.state == 1)
        bench.pass(milliseconds: 1_000)
        bench.arm(6)
        #expect(bench.state == 2)
    }

    @Test("is refused while outputs are not neutral, though the machine stands")
    func notNeutral() {
        let bench = RemoteBench()
        bench.makeReady()
        bench.drive(1)
        bench.arm(6)
        #expect(bench.state == 1)
    }

    @Test("starts the watchdog, and a request of 0 asks for nothing")
    func request() {
        let bench = RemoteBench()
        bench.write(120, RemoteBench.permit(5, 0) + [0])
        #expect(bench.state == 1)
        bench.write(126, [1])
        #expect(bench.permit == [5, 0])
        bench.pass(milliseconds: 490)
        #expect(bench.state == 2)
    }
}
