import FieldModel
import JSONText
import MQTTLink
import Testing

@Suite("Topics and retained documents")
struct DocumentTests {
    @Test("stand in the gateway's own tree")
    func topics() {
        let topics = Topics(gateway: "loader-1")
        #expect(topics.status == "fg/v1/loader-1/status" && topics.meta == "fg/v1/loader-1/meta")
        #expect(topics.telemetry("d") == "fg/v1/loader-1/tele/d" && topics.event("d") == "fg/v1/loader-1/event/d")
        #expect(topics.command("d") == "fg/v1/loader-1/cmd/d" && topics.result("d") == "fg/v1/loader-1/cmd/d/result")
        #expect(topics.commands == "fg/v1/loader-1/cmd/+")
    }

    @Test("a command's topic names its device, and no other topic does")
    func device() {
        let topics = Topics(gateway: "g")
        #expect(topics.device(ofCommand: topics.command("loader")) == "loader")
        for topic in [
            "fg/v1/g/cmd/", "fg/v1/g/cmd", "fg/v1/g/cmd/d/result", "fg/v1/h/cmd/d", "fg/v1/g/cmd/d/", "x", "",
            "fg/v1/g/CMD/d",
        ] {
            #expect(topics.device(ofCommand: topic) == nil, "\(topic)")
        }
    }

    private func read(_ bytes: [UInt8]) throws -> JSONValue {
        try bytes.withUnsafeBufferPointer { try JSONReader.read($0) }
    }

    @Test("the status says who, in which session, since when, and why")
    func status() throws {
        let time = Timestamp(microseconds: 1_795_161_600_000_000)
        let online = try read(Documents.status(gateway: "g\"", online: true, session: "s", at: time))
        #expect(online["state"] == .string("online") && online["gw"] == .string("g\"") && online["reason"] == nil)
        #expect(online["schema"] == .string("fg.status/1") && online["t"] == .string("2026-11-20T08:00:00.000Z"))
        let offline = try read(
            Documents.status(gateway: "g", online: false, session: "s", at: time, reason: "connection lost"))
        #expect(offline["state"] == .string("offline") && offline["reason"] == .string("connection lost"))
        #expect(offline["session"] == .string("s"))
    }

    private func site(_ devices: [DeviceSettings]) -> SiteSettings {
        let broker = BrokerSettings(
            host: "h", port: 1883, tls: nil, username: "u", password: "secret", clientID: "c", keepAlive: .seconds(30),
            window: 1, sessionExpiry: .zero)
        return SiteSettings(
            gateway: "g", clock: .kernel, broker: broker, spool: SpoolSettings(directory: "/s"), adminSocket: "/a",
            buses: [], devices: devices, fingerprint: "f00d")
    }

    @Test("the meta document describes every device and every profile once, and no secret")
    func meta() throws {
        let points = [
            Point(
                id: "Speed", table: .input, address: 1, type: .u16,
                scaling: Scaling(scale: DecimalNumber("0.125")!, offset: DecimalNumber("-273")!), unit: "Cel",
                summary: "says \"x\"", labels: [1: "on", 0: "off", -1: "back"], group: "fast",
                write: WriteRule(minimum: DecimalNumber("-1.5"), maximum: DecimalNumber("2"))),
            Point(id: "Plain", table: .coil, address: 0, type: .bool, group: nil),
        ]
        let map = RegisterMap(
            id: "p", title: "Profile", groups: [PollGroup(id: "fast", period: .milliseconds(200))], points: points)
        let devices = ["a", "b"].map { DeviceSettings(id: $0, bus: "bus", unit: 7, map: map) }
        let bytes = Documents.meta(site: site(devices), software: "fieldgate 1", epoch: 4)
        let json = try read(bytes)
        #expect(json["epoch"] == .number(DecimalNumber(mantissa: 4)) && json["config"] == .string("f00d"))
        #expect(json["devices"]?["b"]?["profile"] == .string("p"))
        #expect(json["devices"]?["b"]?["unit"] == .number(DecimalNumber(mantissa: 7)))
        let profile = json["profiles"]?["p"]
        #expect(profile?["groups"]?["fast"]?["period_ms"] == .number(DecimalNumber(mantissa: 200)))
        let speed = profile?["points"]?["Speed"]
        #expect(speed?["scale"] == .number(DecimalNumber("0.125")!) && speed?["unit"] == .string("Cel"))
        #expect(speed?["description"] == .string("says \"x\"") && speed?["writable"] == .bool(true))
        #expect(speed?["labels"]?["-1"] == .string("back") && speed?["min"] == .number(DecimalNumber("-1.5")!))
        #expect(try profile?["points"]?["Plain"] == read(Array(#"{"type":"bool"}"#.utf8)))
        #expect(!String(decoding: bytes, as: UTF8.self).contains("secret"))
    }

    @Test("the meta document of a site without devices, and of a profile without points, is still JSON")
    func empty() throws {
        _ = try read(Documents.meta(site: site([]), software: "", epoch: 0))
        let bare = RegisterMap(id: "p", title: "", groups: [], points: [])
        let device = DeviceSettings(id: "d", bus: "b", unit: 0, map: bare)
        #expect(try read(Documents.meta(site: site([device]), software: "", epoch: 0))["profiles"]?["p"] != nil)
    }
}
