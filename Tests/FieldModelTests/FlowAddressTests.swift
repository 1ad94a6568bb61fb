import FieldModel
import Testing

@Suite struct FlowAddressTests {
    @Test(arguments: [0, 4, 8, 9, 16]) func givesItsBytesBack(count: Int) {
        let bytes = (0..<count).map { UInt8(200 + $0) }
        let address = Flow.Address(bytes)
        #expect(Array(address) == bytes && address.count == count)
        #expect(Flow.Address(high: address.high, low: address.low, count: count) == address)
    }

    @Test func theFirstByteIsTheHighest() {
        let address = Flow.Address([UInt8](1...16))
        #expect(address.high == 0x0102_0304_0506_0708 && address.low == 0x090A_0B0C_0D0E_0F10)
        #expect(Flow.Address([10, 0, 0, 1]).high == 0x0A00_0001_0000_0000)
    }

    @Test func addressesOfDifferentLengthDiffer() {
        #expect(Flow.Address([10, 0, 0, 1]) != Flow.Address([10, 0, 0, 1, 0, 0, 0, 0]))
        #expect(Flow.Address([UInt8](1...20)) == Flow.Address([UInt8](1...16)))
    }
}
