import Control
import FieldGateTesting
import FieldModel
import Testing

@Suite("The gate for commands")
struct CommandGateTests {
    @Test("A set-point within its limits becomes registers, a read-back and the value they mean")
    func accepted() throws {
        let write = try #require(Loader.judge(Loader.command([("Temperature", Loader.number("21.55"))])).writes?.first)
        // 21.55 + 40 is 615.5 tenths, halves away from zero.
        #expect(write.point == "Temperature")
        #expect(write.request == WriteRequest(unit: 3, table: .holding, address: 11, values: [616]))
        #expect(write.readBack == ReadRequest(unit: 3, table: .holding, address: 11, count: 1))
        #expect(write.value == .decimal(DecimalNumber(mantissa: 216, digits: 1)))
    }

    @Test("Coils, texts and floats are written as their kind")
    func kinds() throws {
        let horn = try #require(Loader.judge(Loader.command([("Horn", .bool(true))])).writes?.first)
        #expect(horn.request == WriteRequest(unit: 3, table: .coil, address: 5, values: [1]))
        let name = try #require(Loader.judge(Loader.command([("Name", .text("L-7"))])).writes?.first)
        #expect(name.request.values == [0x4C2D, 0x3700, 0, 0])
        #expect(name.readBack?.count == 4)
        let setpoint = try #require(Loader.judge(Loader.command([("Setpoint", .real(0.5))])).writes?.first)
        #expect(setpoint.request.values == [0x3F00, 0])
    }

    @Test("A point whose profile asks for no read-back gets none")
    func noReadBack() {
        let writes = Loader.judge(Loader.command([("Start", Loader.number("1"))])).writes
        #expect(writes?.count == 1)
        #expect(writes?.first?.readBack == nil)
    }

    @Test(
        "Limits are inclusive, and a hair beyond them is refused",
        arguments: [
            ("SpeedLimit", "0", nil), ("SpeedLimit", "100", nil), ("SpeedLimit", "100.000", nil),
            ("SpeedLimit", "-0", nil),
            ("SpeedLimit", "100.000000000000001", "100.000000000000001 is above the most, 100 %"),
            ("SpeedLimit", "-0.000000000000000001", "-0.000000000000000001 is below the least, 0 %"),
            ("SpeedLimit", "101", "101 is above the most, 100 %"), ("Temperature", "-20.5", nil),
            ("Temperature", "-20.6", "-20.6 is below the least, -20.5"), ("Setpoint", "0.1", nil),
            ("Setpoint", "0.9", nil), ("Setpoint", "0.91", "0.91 is above the most, 0.9"),
        ] as [(String, String, String?)])
    func limits(_ point: String, _ value: String, _ detail: String?) {
        let verdict = Loader.judge(Loader.command([(point, Loader.number(value))]))
        #expect(verdict.refusal == (detail == nil ? nil : .outOfLimits))
        #expect(verdict.detail == detail)
        #expect(verdict.point == (detail == nil ? nil : point))
    }

    @Test("Limits hold for numbers of more than 18 digits too")
    func longNumbers() {
        #expect(Loader.judge(Loader.command([("SpeedLimit", .real(100))])).writes != nil)
        #expect(Loader.judge(Loader.command([("SpeedLimit", .real(100.001))])).refusal == .outOfLimits)
        #expect(Loader.judge(Loader.command([("SpeedLimit", .real(-1e300))])).refusal == .outOfLimits)
        #expect(Loader.judge(Loader.command([("Free", .real(1e300))])).refusal == .outOfLimits)
    }

    @Test("What the registers cannot hold is out of limits, even where the profile names none")
    func registers() {
        let verdict = Loader.judge(Loader.command([("Free", Loader.number("65536"))]))
        #expect(verdict.refusal == .outOfLimits)
        #expect(verdict.detail == "the register's u16 holds 0 to 65535 before scaling")
        #expect(Loader.judge(Loader.command([("Name", .text("nine char"))])).refusal == .outOfLimits)
    }

    @Test(
        "A value of the wrong kind is refused with the kind the point takes",
        arguments: [
            ("SpeedLimit", .text("30"), "'SpeedLimit' takes a number"),
            ("SpeedLimit", .bool(true), "'SpeedLimit' takes a number"),
            ("Horn", .number(DecimalNumber(mantissa: 2)), "'Horn' takes true or false"),
            ("Name", .number(.one), "'Name' takes text"),
        ] as [(String, CommandValue, String)])
    func wrongType(_ point: String, _ value: CommandValue, _ detail: String) {
        let verdict = Loader.judge(Loader.command([(point, value)]))
        #expect(verdict.refusal == .wrongType)
        #expect(verdict.detail == detail)
        #expect(verdict.point == point)
    }

    @Test("A point that cannot be written is told from one that does not exist")
    func points() {
        let readOnly = Loader.judge(Loader.command([("EngineSpeed", Loader.number("1"))]))
        #expect(readOnly.refusal == .notWritable)
        #expect(readOnly.detail == "the profile makes 'EngineSpeed' read-only")
        let unknown = Loader.judge(Loader.command([("enginespeed", Loader.number("1"))]))
        #expect(unknown.refusal == .unknownPoint)
        #expect(unknown.detail == "the device has no point 'enginespeed'")
    }

    @Test("A retained command is refused, whatever else it says")
    func retained() {
        let command = Loader.command([("Nothing", .bool(true))], expires: nil, retained: true)
        #expect(Loader.judge(command).refusal == .retained)
    }

    @Test(
        "A command is good until the moment it expires, and refused after it, on a clock that was set",
        arguments: [Timestamp.ClockQuality.synced, .holdover])
    func expiry(_ clock: Timestamp.ClockQuality) {
        let command = Loader.command([("Free", Loader.number("1"))], expires: Loader.now)
        func judge(_ offset: Int64) -> Verdict {
            Loader.judge(command, at: Timestamp(microseconds: Loader.now.microseconds + offset), clock: clock)
        }
        #expect(judge(-1).writes != nil)
        #expect(judge(0).writes != nil)
        #expect(judge(1).refusal == .expired)
        #expect(judge(1_000_000).detail == "expired at 2026-11-20T08:00:00.000Z, it is 2026-11-20T08:00:01.000Z")
    }

    @Test("On a clock that was never set a command with an expiry is refused, and one without goes on")
    func unsynced() {
        let future = Timestamp(microseconds: Loader.now.microseconds + 1_000_000)
        let expiring = Loader.command([("Free", Loader.number("1"))], expires: future)
        #expect(Loader.judge(expiring, clock: .unsynced).refusal == .clockUnsynced)
        let lasting = Loader.command([("Free", Loader.number("1"))])
        #expect(Loader.judge(lasting, clock: .unsynced).writes != nil)
    }

    @Test("A batch is accepted in its order, or refused as a whole with the first point at fault")
    func batches() {
        let good = Loader.command([("Free", Loader.number("2")), ("Horn", .bool(false)), ("Start", Loader.number("1"))])
        #expect(Loader.judge(good).writes?.map(\.point) == ["Free", "Horn", "Start"])
        let bad = Loader.command([
            ("Free", Loader.number("2")), ("SpeedLimit", Loader.number("101")), ("Nothing", .bool(true)),
        ])
        #expect(Loader.judge(bad).writes == nil)
        #expect(Loader.judge(bad).point == "SpeedLimit")
    }

    @Test("Rounding to the device's resolution never leads beyond a limit")
    func roundingAtTheLimit() {
        let rule = WriteRule(minimum: Loader.decimal("0.5"), maximum: Loader.decimal("99.5"))
        let point = Point(id: "P", table: .holding, address: 0, type: .u16, group: nil, write: rule)
        let gate = CommandGate(unit: 1, map: RegisterMap(id: "m", title: "m", groups: [], points: [point]))
        func judge(_ value: String) -> Verdict {
            gate.judge(Loader.command([("P", Loader.number(value))]), at: Loader.now, clock: .synced)
        }
        #expect(judge("99.4").writes?.first?.request.values == [99])
        #expect(judge("99.5").refusal == .outOfLimits)
        #expect(judge("99.5").detail == "99.5 becomes 100, and 100 is above the most, 99.5")
        #expect(judge("0.5").writes?.first?.request.values == [1])
    }

    @Test("Random numbers are never written beyond the limits")
    func property() {
        var random = SeededRandom(seed: 100)
        for _ in 0..<3000 {
            let value = DecimalNumber(
                mantissa: .random(in: -200_000...200_000, using: &random), digits: .random(in: 0...4, using: &random))
            for (id, least, most) in [("SpeedLimit", "0", "100"), ("Temperature", "-20.5", "80")] {
                guard let write = Loader.judge(Loader.command([(id, .number(value))])).writes?.first else { continue }
                guard case .decimal(let written) = write.value else {
                    Issue.record("no number: \(write.value)")
                    return
                }
                #expect(Loader.decimal(least) <= written && written <= Loader.decimal(most))
            }
        }
    }

    @Test("Every refusal has a word of its own, in snake case")
    func words() {
        let words = Refusal.allCases.map(\.rawValue)
        #expect(Set(words).count == words.count)
        #expect(words.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" } })
    }
}
