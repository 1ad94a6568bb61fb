import Billing
import Testing

@Suite("The name of a connection")
struct ConnectionKeyTests {
    @Test("It is the same however its texts are written, and another for anything else")
    func keys() {
        let key = ConnectionKey(
            boot: "0B5F7C0E-1a2b-4c3d-8e4f-5a6b7c8d9e0f", start: 1, id: 2, tuple: "00ff00ff00ff00ff00ff00ff00ff00ff")
        #expect(
            key
                == ConnectionKey(
                    boot: "0b5f7c0e1a2b4c3d8e4f5a6b7c8d9e0f", start: 1, id: 2, tuple: "00FF00ff00ff00ff00ff00ff00ff00ff"
                ))
        #expect(
            key
                != ConnectionKey(
                    boot: "0b5f7c0e1a2b4c3d8e4f5a6b7c8d9e0e", start: 1, id: 2, tuple: "00ff00ff00ff00ff00ff00ff00ff00ff"
                ))
        #expect(
            ConnectionKey(boot: "a", start: 1, id: 2, tuple: "t")
                != ConnectionKey(boot: "b", start: 1, id: 2, tuple: "t"))
    }
}
