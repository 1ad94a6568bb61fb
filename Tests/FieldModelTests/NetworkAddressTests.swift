import FieldModel
import Testing

@Suite("The bytes of an address")
struct NetworkAddressBytesTests {
    @Test("are those of its text, however zeros are left out")
    func bytes() {
        #expect(NetworkAddress.bytes("203.0.113.9") == [203, 0, 113, 9])
        #expect(NetworkAddress.bytes("::1") == [UInt8](repeating: 0, count: 15) + [1])
        #expect(
            NetworkAddress.bytes("2001:db8::a:1") == [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 1])
        #expect(NetworkAddress.bytes("1:2:3:4:5:6:7:8") == [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8])
        #expect(NetworkAddress.bytes("fe80::") == [0xFE, 0x80] + [UInt8](repeating: 0, count: 14))
    }

    @Test("are none of what is no address", arguments: ["", "1.2.3", "1.2.3.400", "1::2::3", "host", ":1"])
    func nothing(_ text: String) {
        #expect(NetworkAddress.bytes(text) == nil)
    }
}
