import Configuration
import FieldModel
import Testing

@Suite("An override")
struct OverrideTests {
    private let files = [
        "site.yaml": """
        schema: fg.site/1
        gateway: {id: gw}
        broker: {host: 127.0.0.1}
        spool: {directory: spool}
        buses:
          - {id: lan, tcp: {host: 10.0.0.2}}
          - {id: "1", tcp: {host: 10.0.0.3}}
        devices:
          - {id: loader, bus: lan, profile: profile.yaml}
          - {id: crane, bus: "1", profile: profile.yaml}
        """,
        "profile.yaml": """
        schema: fg.profile/1
        id: example
        groups: {normal: {period: 1s}}
        points: [{id: Speed, table: input, address: 0, type: u16, group: normal}]
        """,
    ]

    private func site(_ overrides: String...) throws -> SiteSettings {
        let result = try load(files, set: overrides)
        #expect(result.problems == [])
        return try #require(result.site)
    }

    @Test("replaces a value, or adds it with the sections around it")
    func replaceAndAdd() throws {
        let site = try site("broker.port=2883", "spool.telemetry.max_age=2h", "clock.source=system")
        #expect(site.broker.port == 2883)
        #expect(site.broker.host == "127.0.0.1")
        #expect(site.spool.telemetryAge == .seconds(7200))
        #expect(site.clock == .system)
    }

    @Test("names an item of a list by its id, else by its index from 0")
    func lists() throws {
        #expect(try site("devices.crane.unit=7").devices.map(\.unit) == [1, 7])
        #expect(try site("devices.0.unit=7").devices.map(\.unit) == [7, 1])
        let timeouts = try site("buses.1.timeout=1s").buses.map(\.timeout)
        #expect(timeouts == [.milliseconds(500), .seconds(1)])
        #expect(try site("buses.0.timeout=1s").buses.map(\.timeout) == timeouts.reversed())
    }

    @Test("reaches into a profile by the profile's id, for every device that uses it")
    func profiles() throws {
        let site = try site("profiles.example.groups.normal.period=5s", "profiles.example.points.Speed.scale=0.5")
        #expect(site.devices.map { $0.map.groups[0].period } == [.seconds(5), .seconds(5)])
        #expect(site.devices[0].map.points[0].scaling.scale == DecimalNumber(mantissa: 5, digits: 1))
    }

    @Test("may hold YAML of its own, and text that is none")
    func values() throws {
        #expect(try site("broker={host: localhost, port: 9}").broker.port == 9)
        #expect(try site("buses.lan.tcp={host: 10.9.9.9, port: 9}").buses[0].address == .tcp(host: "10.9.9.9", port: 9))
        #expect(try site("spool.directory=/a=b: {").spool.directory == "/a=b: {")
        #expect(try site(#"spool.directory="12""#).spool.directory == "12")
    }

    @Test("is applied in order: the last one holds")
    func order() throws {
        #expect(try site("broker.port=1", "broker.port=2").broker.port == 2)
    }

    @Test("needs a path and an equals sign", arguments: ["", "=", "=1", "broker", ".a=1", "a.=1", "a..b=1"])
    func malformed(_ text: String) {
        #expect(Override(text) == nil)
    }
}
