import SimulatedMachines
import Testing

@Suite("The check of the serial line")
struct CRCTests {
    @Test("The specification's example of unit 2, function 7 has the check 0x1241")
    func specificationExample() {
        #expect(CRC16.of([0x02, 0x07]) == 0x1241)
    }

    @Test("A read of ten holding registers of unit 1 ends in C5 CD")
    func readOfTenRegisters() {
        #expect(CRC16.of([0x01, 0x03, 0x00, 0x00, 0x00, 0x0A]) == 0xCDC5)
    }

    @Test("A frame followed by its check has the check 0")
    func checkOfCheckedFrame() {
        #expect(CRC16.of([0x01, 0x03, 0x00, 0x00, 0x00, 0x0A, 0xC5, 0xCD]) == 0)
    }
}
