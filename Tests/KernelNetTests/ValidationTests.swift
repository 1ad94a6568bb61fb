import FieldModel
import KernelNet
import Testing

@Suite("What the privileged side believes")
struct ValidationTests {
    private let check = PlanCheck(devices: ["wwan*", "cam0"], usb: ["1-1.4"])

    @Test("A sound plan passes")
    func sound() throws {
        try check.check(Samples.two)
    }

    @Test(
        "No text that is not an interface's name gets into a command",
        arguments: [
            "", "wwan0; reboot", "wwan0\n", "wwan0 root", "$(id)", "wwan0\"", "../wwan0", "wwan0123456789012", "-j",
            "wwan\u{0}", "wwän0", ".", "..", "all", "default", "lo", "eth0", "cam01", "wwan0/..",
        ])
    func devices(name: String) {
        refused { $0.paths[0].device = name }
        refused { $0.cameraDevice = name }
    }

    @Test(
        "No text that is not a host's IPv4 address gets into a command",
        arguments: [
            "", "10.1.0", "10.1.0.256", "10.1.0.1/24", "010.1.0.1", "10.1.0.1 dev eth0", "::1", "0.0.0.0", "127.0.0.1",
            "224.0.0.1", "255.255.255.255", "10.1.0.-1", "10.1..1", "10.1.0.1\n", "default", "١.1.1.1",
        ])
    func addresses(text: String) {
        refused { $0.paths[0].gateway = text }
        refused { $0.cameras[0].address = text }
    }

    @Test(
        "No identifier but plain words", arguments: ["", "a b", "a\nb", "# }", String(repeating: "a", count: 65), "é"])
    func identifiers(text: String) {
        refused { $0.paths[1].id = text }
        refused { $0.cameras[0].id = text }
    }

    @Test("Rates within bounds", arguments: [Int64.min, -1, 0, 7_999, 10_000_000_001, .max])
    func rates(bits: Int64) {
        refused { $0.paths[0].rate = BitRate(bitsPerSecond: bits) }
        refused { $0.cameras[0].limit = BitRate(bitsPerSecond: bits) }
    }

    @Test("Quotas within bounds", arguments: [Int64.min, -1, 1_000_000_000_000_001, .max])
    func quotas(bytes: Int64) throws {
        refused { $0.quota = bytes }
        var plan = Samples.two
        for fine in [0, 1, 1_000_000_000_000_000] as [Int64] {
            plan.quota = fine
            try check.check(plan)
        }
    }

    @Test("Tables within bounds", arguments: [Int.min, 0, 100, 201, 254, 255, .max])
    func tables(table: Int) {
        refused { $0.paths[0].table = table }
    }

    @Test("What must be unique is, what is named is there, and lists end")
    func structure() {
        refused { $0.paths[1].id = "first" }
        refused { $0.paths[1].device = "wwan0" }
        refused { $0.paths[1].table = 101 }
        refused { $0.cameras.append($0.cameras[0]) }
        refused { $0.bulkPath = "third" }
        refused { $0.bulkPath = nil }
        refused { $0.cameraDevice = nil }
        refused { $0.cameraDevice = "wwan1" }
        refused { plan in
            plan.paths = (0..<9).map {
                .init(id: "p\($0)", device: "wwan\($0)", gateway: nil, table: 101 + $0, rate: nil)
            }
            plan.bulkPath = "p0"
        }
        refused { plan in
            plan.cameras = (1...65).map { .init(id: "c\($0)", address: "10.0.0.\($0)", limit: .megabits(1)) }
        }
    }

    @Test(
        "Only USB devices that were named",
        arguments: ["", "1-1.5", "../1-1.4", "1-1.4/", "usb1", "1-", "1-1.4\n", "1-1.4.", "1-1111"])
    func usb(name: String) {
        #expect(throws: RequestFault.self) { try check.checkUSB(name) }
    }

    @Test(
        "A line that is not a request says why, and costs nothing",
        arguments: [
            "", "{}", "[]", "null", "{\"op\":1}", "{\"op\":\"exec\",\"path\":\"/bin/sh\"}", "{\"op\":\"apply\"}",
            "{\"op\":\"apply\",\"plan\":[]}", "{\"op\":\"apply\",\"plan\":{\"commands\":[\"reboot\"]}}",
            "{\"op\":\"shape\",\"path\":\"a\"}", "{\"op\":\"shape\",\"path\":\"a\",\"rate\":1.5}",
            "{\"op\":\"shape\",\"path\":\"a\",\"rate\":1e400}", "{\"op\":\"clear\",\"rules\":\"flush\"}",
            "{\"op\":\"hello\"}", "{\"op\":\"clear\"} x", String(repeating: "[", count: 60_000), "\u{1}\u{2}",
            "{\"op\":\"apply\",\"plan\":{\"paths\":[{\"id\":\"a\",\"device\":\"wwan0\",\"table\":1e18}],\"cameras\":[],\"masquerade\":true,\"x\":1}}",
        ])
    func lines(line: String) {
        #expect(throws: RequestFault.self) { try NetworkRequest.read(Array(line.utf8)) }
    }

    private func refused(_ spoil: (inout NetworkPlan) -> Void, _ place: SourceLocation = #_sourceLocation) {
        var plan = Samples.two
        spoil(&plan)
        #expect(throws: RequestFault.self, sourceLocation: place) { try check.check(plan) }
    }
}
