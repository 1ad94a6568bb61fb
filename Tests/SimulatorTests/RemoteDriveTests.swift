import SimulatedMachines
import Testing

@Suite("A drive from afar")
struct RemoteDriveTests {
    @Test("counts under the permit that was armed, and feeds the watchdog")
    func counts() {
        let bench = RemoteBench()
        #expect(bench.state == 1)
        bench.makeReady(9_007_199_254_740_991, 4_294_967_295)
        #expect(bench.state == 2)
        #expect(bench.permit == [9_007_199_254_740_991, 4_294_967_295])
        bench.drive(7, under: 9_007_199_254_740_991, 4_294_967_295, travel: 50, steer: -25, boom: 100, bucket: -100)
        #expect(bench.state == 3)
        #expect(bench.read(108, count: 5) == [7, 500, UInt16(bitPattern: -250), 1_000, UInt16(bitPattern: -1_000)])
        #expect(bench.read(121) == [0])
        #expect(bench.statusWord & 0b1100_0010 == 0b1000_0000)
    }

    @Test(
        "is refused under another permit and then changes nothing in force",
        arguments: [(5, 1), (4, 0), (6, 0)] as [(UInt64, UInt32)])
    func refusedPermit(epoch: UInt64, stop: UInt32) {
        let bench = RemoteBench()
        bench.makeReady()
        bench.drive(1, travel: 30)
        bench.drive(2, under: epoch, stop, travel: 80)
        #expect(bench.read(108, count: 2) == [1, 300])
        #expect(bench.read(121) == [1])
        #expect(bench.statusWord & 64 == 64)
        bench.drive(3, travel: 40)
        #expect(bench.read(108, count: 2) == [3, 400])
        #expect(bench.statusWord & 64 == 0)
    }

    @Test("is refused before arming, and while a local operator or the emergency stop has the machine")
    func refusedState() {
        let bench = RemoteBench()
        bench.drive(1, under: 0, 0, travel: 10)
        #expect(bench.read(121) == [1])
        for name in ["LocalKey", "EmergencyStop"] {
            _ = bench.tell("set \(name) on")
            bench.drive(2, travel: 10)
            #expect(bench.statusWord & 2 == 2)
            _ = bench.tell("set \(name) off")
        }
        #expect(bench.read(121) == [3])
    }

    @Test("is only what covers the whole block; a part is stored and does nothing")
    func part() {
        let bench = RemoteBench()
        bench.makeReady()
        bench.drive(1, travel: 30)
        bench.write(108, [900])
        #expect(bench.read(109) == [300])
        #expect(bench.read(108, function: 3) == [900])
        bench.write(101, Array(bench.read(101, count: 12, function: 3)))
        #expect(bench.read(109) == [300])
        bench.write(100, Array(bench.read(100, count: 13, function: 3)))
        #expect(bench.read(109) == [900])
    }

    @Test("may come with function 23, and reads back what it put in force")
    func readWrite() {
        let bench = RemoteBench()
        bench.makeReady()
        let words = RemoteBench.permit(5, 0) + [1, 1, 300, 0, 0, 0, 2_000]
        let bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let reply = bench.line.ask([0x17, 0, 106, 0, 1, 0, 100, 0, 13, 26] + bytes).pdu
        #expect(reply == [0x17, 2, 0, 1])
        #expect(bench.read(108, count: 2) == [1, 300])
    }

    @Test("goes with a beacon that is a coil")
    func beacon() {
        let bench = RemoteBench()
        #expect(bench.line.ask([0x05, 0, 2, 0xFF, 0]).pdu == [0x05, 0, 2, 0xFF, 0])
        #expect(bench.machine.operatorSettings.beacon)
        #expect(bench.line.ask([0x01, 0, 0, 0, 3]).pdu == [0x01, 1, 0b100])
    }

    @Test("puts every set-point to 0 without enable")
    func withoutEnable() {
        let bench = RemoteBench()
        bench.makeReady()
        bench.drive(1, travel: 30, boom: 20)
        bench.drive(2, enable: 0, travel: 30, boom: 20)
        #expect(bench.state == 2)
        #expect(bench.read(108, count: 5) == [2, 0, 0, 0, 0])
        #expect(bench.statusWord & 2 == 2)
    }

    @Test("beyond the limits is refused with exception 3 and is no drive")
    func limits() {
        let bench = RemoteBench()
        bench.makeReady()
        #expect(bench.drive(1, travel: 100, steer: -100, cap: 40) == [0x10, 0, 100, 0, 13])
        #expect(bench.drive(2, travel: 101) == [0x90, 3])
        #expect(bench.drive(2, enable: 2) == [0x90, 3])
        #expect(bench.drive(2, cap: 41) == [0x90, 3])
        #expect(bench.drive(2, under: 1 << 53) == [0x90, 3])
        #expect(bench.read(108) == [1])
        #expect(bench.remote.drives.count == 1)
    }

    @Test("moves the machine no faster than its cap, at the rates of the data sheet")
    func rates() {
        let bench = RemoteBench()
        bench.makeReady()
        bench.keepDriving(seconds: 1, travel: 50)
        #expect(abs(bench.machine.cycle.speed - 5.4) < 0.11)
        bench.keepDriving(seconds: 3, from: 100, travel: 50)
        #expect(bench.machine.cycle.speed == 10)
        #expect(bench.read(113) == [1_000])
        #expect(bench.read(6) == [1_000])
        bench.keepDriving(seconds: 0.6, from: 500, enable: 0)
        #expect(abs(bench.machine.cycle.speed - (10 - 0.6 * 9)) < 0.11)
        bench.safe()
        bench.pass(milliseconds: 100)
        bench.read(100)
        #expect(abs(bench.machine.cycle.speed - (10 - 0.6 * 9 - 0.1 * 14.4)) < 0.11)
    }

    @Test("backwards takes it back, and steering round a curve")
    func way() {
        let bench = RemoteBench()
        let (latitude, longitude) = bench.place
        bench.makeReady()
        bench.keepDriving(seconds: 10, travel: -100)
        let back = bench.place
        #expect(back.0 < latitude && back.1 < longitude)
        #expect(abs(bench.machine.pose.x - bench.machine.pose.y) < 1e-6)
        bench.keepDriving(seconds: 10, from: 1_000, travel: 100, steer: 100)
        #expect(bench.machine.pose.heading != RemoteBench().machine.pose.heading)
        #expect(abs(bench.machine.pose.x - bench.machine.pose.y) > 0.1)
    }

    @Test("moves boom and bucket at 15 and 30 degrees a second, within their limits, and leaves a raised boom up")
    func attachment() {
        let bench = RemoteBench()
        bench.makeReady()
        bench.keepDriving(seconds: 2, boom: 100, bucket: 50)
        #expect(abs(bench.machine.attachment.boom - -5) < 0.5)
        #expect(abs(bench.machine.attachment.bucket - 30) < 0.5)
        bench.keepDriving(seconds: 5, from: 200, boom: 100, bucket: 100)
        #expect(bench.machine.attachment.boom == 35 && bench.machine.attachment.bucket == 45)
        bench.safe()
        bench.pass(milliseconds: 60_000)
        bench.read(100)
        #expect(bench.machine.attachment.boom == 35)
    }

    @Test("releases the parking brake only when it has been asked for")
    func brake() {
        let bench = RemoteBench()
        bench.arm()
        bench.keepDriving(seconds: 1, travel: 50)
        #expect(bench.statusWord & 0b101 == 0b101)
        bench.write(142, [0])
        #expect(bench.statusWord & 4 == 4)
        bench.keepDriving(seconds: 1, from: 100, travel: 50)
        #expect(bench.statusWord & 0b101 == 0)
        bench.write(142, [1])
        #expect(bench.statusWord & 4 == 0)
        bench.drive(200, enable: 0)
        #expect(bench.statusWord & 4 == 4)
    }
}

extension RemoteBench {
    /// Degrees north and east, as the registers have them.
    fileprivate var place: (Double, Double) {
        let values = ["Latitude", "Longitude"].map { name -> Double in
            let row = WheelLoader.registers.first { $0.layout.name == name }!
            let words = read(row.layout.address, count: 4)
            return row.layout.decode(words) ?? .nan
        }
        return (values[0], values[1])
    }
}
