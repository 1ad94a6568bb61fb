import SimulatedMachines
import SimulatorKit
import Testing

@Suite("The loader records")
struct RemoteRecordTests {
    @Test("each drive with the time it came, whether it counted or not")
    func drives() {
        let bench = RemoteBench()
        bench.makeReady()
        bench.pass(milliseconds: 10)
        bench.drive(1, travel: 30, steer: -5)
        bench.write(100, RemoteBench.permit(5, 1) + [2, 1, 5, UInt16(bitPattern: -5), 0, 0, 0])
        let first = "[20000000,5,0,1,1,30,-5,0,0,1]"
        let second = "[20000000,5,1,2,1,0.5,-0.5,0,0,0]"
        #expect(
            bench.tell("drives")
                == #"{"ok":true,"count":2,"applied":1,"refused":1,"drives":[\#(first),\#(second)]}"#)
        #expect(bench.tell("drives reset") == #"{"ok":true}"#)
        #expect(bench.tell("drives") == #"{"ok":true,"count":0,"applied":0,"refused":0,"drives":[]}"#)
    }

    @Test("the newest 50,000 drives and counts all of them")
    func many() {
        let bench = RemoteBench()
        for counter in 0..<UInt16(50_005) { bench.drive(counter) }
        #expect(bench.remote.drives.count == 50_005)
        let kept = bench.remote.drives.entries
        #expect(kept.count == 50_000)
        #expect(kept.first?.counter == 5 && kept.last?.counter == 50_004)
    }

    @Test("how each stop came about and how far the machine went")
    func stops() throws {
        let bench = RemoteBench()
        bench.makeReady()
        bench.keepDriving(seconds: 4, travel: 50)
        bench.keepDriving(seconds: 2, from: 1_000, enable: 0)
        #expect(bench.statusWord & 1 == 1)
        let stop = try #require(bench.remote.stops.entries.first)
        #expect(stop.cause == .command && stop.speed == 10)
        #expect(stop.at == 4_010_000_000 && stop.lastDrive == stop.at && stop.lastMoving == stop.at - 20_000_000)
        // 10 km/h at 2.5 m/s².
        #expect(abs(stop.metres - 1.543) < 0.03)
        #expect(abs(Double(try #require(stop.standstill) - stop.at) / 1e9 - 1.111) < 0.02)
        #expect(bench.read(122).first.map { abs(Double($0) / 100 - stop.metres) <= 0.005 } == true)
        #expect(bench.tell("stops").contains(#""cause":"command","t_ns":4010000000,"#))
    }

    @Test("when the watchdog tripped, though nobody asked then")
    func watchdogTime() throws {
        let bench = RemoteBench()
        bench.makeReady()
        bench.drive(1, travel: 50)
        bench.pass(milliseconds: 10_000)
        bench.read(100)
        let stop = try #require(bench.remote.stops.entries.first)
        #expect(stop.cause == .watchdog && stop.at == 510_000_000 && stop.lastDrive == 10_000_000)
        // 500 ms at 1.5 m/s², then the brake.
        #expect(abs(stop.speed - 2.7) < 0.06)
        #expect(abs(stop.metres - 0.070) < 0.01)
    }

    @Test("no standstill for a stop that was driven on from")
    func interrupted() throws {
        let bench = RemoteBench()
        bench.makeReady()
        bench.keepDriving(seconds: 2, travel: 50)
        bench.drive(1_000, enable: 0)
        bench.pass(milliseconds: 100)
        bench.keepDriving(seconds: 1, from: 2_000, travel: 50)
        let stop = try #require(bench.remote.stops.entries.first)
        #expect(stop.standstill == nil && stop.metres < 0.3)
    }

    @Test("nothing of remote control while its own operator works")
    func local() {
        let bench = RemoteBench(remote: false)
        #expect(bench.state == 0)
        bench.pass(milliseconds: 60_000)
        #expect(bench.read(6) != [] && bench.machine.cycle.phase != .parked)
        bench.arm()
        #expect(bench.state == 0)
    }
}
