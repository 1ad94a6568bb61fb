import Configuration
import FieldModel
import Testing

@Suite("A site")
struct SiteTests {
    private let profile = """
        schema: fg.profile/1
        id: example
        groups: {normal: {period: 1s}}
        points: [{id: Speed, table: input, address: 0, type: u16, group: normal}]
        """

    @Test("says everything it can say")
    func full() throws {
        let site = """
            schema: fg.site/1
            gateway: {id: loader-0001}
            clock: {source: system}
            broker:
              host: mqtt.example.com
              port: 8884
              tls: {ca: pki/ca.pem, certificate: pki/gw.pem, key: pki/gw.key}
              username: gw
              password_file: secret
              client_id: yard-7
              keepalive: 10s
              in_flight: 20
              session_expiry: 24h
            spool:
              directory: /var/lib/fieldgate
              commit_interval: 250ms
              group_rows: 500
              memory: 8MiB
              telemetry: {max_bytes: 1.5GiB, max_age: 7d}
            admin: {socket: /run/fieldgate.sock}
            buses:
              - {id: lan, tcp: {host: 10.0.0.2, port: 1502}, timeout: 250ms}
              - {id: line, rtu: {device: /dev/ttyS1, baud: 9600, parity: none, data_bits: 8, rs485: true}}
            devices:
              - {id: loader, bus: lan, unit: 255, profile: profile.yaml}
              - {id: sensor, bus: line, unit: 247, profile: profile.yaml}
            """
        let files = [
            "site.yaml": site, "profile.yaml": profile, "secret": "open sesame\nnot this\n", "pki/ca.pem": "",
            "pki/gw.pem": "", "pki/gw.key": "",
        ]
        let result = try load(files)
        #expect(result.problems == [])
        let settings = try #require(result.site)
        #expect(settings.gateway == "loader-0001")
        #expect(settings.clock == .system)
        #expect(
            settings.broker
                == BrokerSettings(
                    host: "mqtt.example.com", port: 8884,
                    tls: BrokerSettings.TLS(authority: "pki/ca.pem", certificate: "pki/gw.pem", key: "pki/gw.key"),
                    username: "gw", password: "open sesame", clientID: "yard-7", keepAlive: .seconds(10), window: 20,
                    sessionExpiry: .seconds(86_400)))
        #expect(
            settings.spool
                == SpoolSettings(
                    directory: "/var/lib/fieldgate", commitInterval: .milliseconds(250), groupRows: 500,
                    telemetryBytes: 3 << 29, telemetryAge: .seconds(7 * 86_400), memoryBytes: 8 << 20))
        #expect(settings.adminSocket == "/run/fieldgate.sock")
        #expect(
            settings.buses == [
                BusSettings(id: "lan", address: .tcp(host: "10.0.0.2", port: 1502), timeout: .milliseconds(250)),
                BusSettings(
                    id: "line",
                    address: .rtu(
                        SerialSettings(
                            device: "/dev/ttyS1", baud: 9600, parity: .none, dataBits: 8, stopBits: 2, rs485: true)),
                    timeout: .milliseconds(500)),
            ])
        #expect(settings.devices.map(\.unit) == [255, 247])
    }

    @Test("needs to say little: the rest is the documented default")
    func defaults() throws {
        let site = """
            schema: fg.site/1
            gateway: {id: gw}
            broker: {host: localhost}
            spool: {directory: spool}
            buses: [{id: line, rtu: {device: /dev/ttyS0}}]
            devices: [{id: a, bus: line, profile: profile.yaml}]
            """
        let settings = try #require(try load(["site.yaml": site, "profile.yaml": profile]).site)
        #expect(settings.clock == .kernel)
        #expect(
            settings.broker
                == BrokerSettings(
                    host: "localhost", port: 1883, tls: nil, username: nil, password: nil, clientID: "fg-gw",
                    keepAlive: .seconds(30), window: 50, sessionExpiry: .seconds(3600)))
        #expect(settings.spool == SpoolSettings(directory: "spool"))
        #expect(settings.adminSocket == "spool/admin.sock")
        #expect(
            settings.buses[0].address
                == .rtu(
                    SerialSettings(
                        device: "/dev/ttyS0", baud: 19_200, parity: .even, dataBits: 8, stopBits: 1, rs485: false)))
        #expect(settings.devices[0].unit == 1)
        #expect(settings.devices[0].map.maxRegisters == 125)
        #expect(settings.devices[0].map.maxCoils == 2000)
    }

    @Test(
        "may speak in clear to this machine, to others only when told so",
        arguments: [
            ("127.0.0.1", true), ("127.1.2.3", true), ("localhost", true), ("'::1'", true), ("10.0.0.1", false),
            ("localhost.example.com", false), ("1127.0.0.1", false), ("10.0.0.1, insecure: true", true),
            ("10.0.0.1, insecure: false", false), ("10.0.0.1, tls: {}", true),
        ])
    func inClear(_ broker: String, _ isAllowed: Bool) throws {
        let site = """
            schema: fg.site/1
            gateway: {id: gw}
            broker: {host: \(broker)}
            spool: {directory: spool}
            buses: [{id: lan, tcp: {host: 10.0.0.2}}]
            devices: [{id: a, bus: lan, profile: profile.yaml}]
            """
        let settings = try load(["site.yaml": site, "profile.yaml": profile]).site
        #expect((settings != nil) == isAllowed)
        if settings?.broker.tls != nil { #expect(settings?.broker.port == 8883) }
    }

    @Test("changes its fingerprint with any file and any override, and with nothing else")
    func fingerprint() throws {
        let site = """
            schema: fg.site/1
            gateway: {id: gw}
            broker: {host: localhost}
            spool: {directory: spool}
            buses: [{id: lan, tcp: {host: 10.0.0.2}}]
            devices: [{id: a, bus: lan, profile: profile.yaml}]
            """
        let files = ["site.yaml": site, "profile.yaml": profile]
        let prints = [
            try load(files), try load(files, set: ["devices.a.unit=1"]),
            try load(["site.yaml": site + "\n", "profile.yaml": profile]),
            try load(["site.yaml": site, "profile.yaml": profile + "\n"]),
        ].map { $0.site?.fingerprint }
        #expect(Set(prints).count == 4)
        #expect(!prints.contains(nil))
        #expect(prints.allSatisfy { $0?.utf8.count == 16 })
        #expect(try load(files).site?.fingerprint == prints[0])
    }
}
