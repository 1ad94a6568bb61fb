import FieldModel
import Testing

@Suite("What a machine says of itself")
struct ControlRegistersTests {
    private func point(_ id: String, _ address: Int, _ type: PointType, write: WriteRule? = nil) -> Point {
        Point(id: id, table: write == nil ? .input : .holding, address: address, type: type, group: "g", write: write)
    }

    private func registers(readBack: PointType, standstill: PointCondition) -> ControlRegisters {
        let limits = WriteRule(minimum: DecimalNumber(mantissa: -100), maximum: DecimalNumber(mantissa: 100))
        let axis = ControlMap.Axis(
            id: "travel", point: point("Travel", 0, .i16, write: limits), rest: .zero,
            readBack: point("TravelOut", 0, readBack), isLimited: true)
        let watchdog = ControlMap.Watchdog(
            counter: point("Counter", 1, .u16, write: WriteRule()), time: nil, longest: .milliseconds(500),
            conditions: [], tripped: nil)
        return ControlRegisters(
            ControlMap(
                axes: [axis], buttons: [], enable: nil, speedCap: nil, topSpeed: .one, creepSpeed: .one,
                speedUnit: "m/s", watchdog: watchdog, permit: nil, safeState: [], release: [],
                standstill: standstill, neutral: nil, emergencyStop: nil, local: nil, interlocks: []),
            unit: 1)
    }

    private func report(_ registers: ControlRegisters, _ answers: [[UInt16]]) -> MachineReport {
        registers.report(answers, asked: Instant(nanoseconds: 0))
    }

    @Test("is neutral when each read-back is at rest, and not when one says nothing")
    func neutral() {
        let still = PointCondition(point: point("Still", 2, .u16), value: .number(.one))
        let registers = registers(readBack: .bcd16, standstill: still)
        #expect(registers.statusReads.map(\.count) == [1, 1])
        #expect(report(registers, [[0], [1]]).neutral)
        #expect(!report(registers, [[0x50], [1]]).neutral)
        #expect(report(registers, [[0x50], [1]]).readBack[0] == 500)
        // A digit above nine is no number.
        #expect(!report(registers, [[0xA], [1]]).neutral)
    }

    @Test("compares floats as numbers, also whole ones")
    func floats() {
        let still = PointCondition(
            point: point("Speed", 2, .f32), value: .number(DecimalNumber(mantissa: 15, digits: 1)))
        let registers = registers(readBack: .i16, standstill: still)
        #expect(report(registers, [[0], words(1.5)]).standstill)
        #expect(!report(registers, [[0], words(1.25)]).standstill)
        #expect(!report(registers, [[0], words(.nan)]).standstill)
        let whole = self.registers(
            readBack: .i16, standstill: PointCondition(point: point("Speed", 2, .f32), value: .number(.zero)))
        #expect(report(whole, [[0], words(0)]).standstill)
    }

    private func words(_ value: Float) -> [UInt16] {
        [UInt16(value.bitPattern >> 16), UInt16(truncatingIfNeeded: value.bitPattern)]
    }
}
