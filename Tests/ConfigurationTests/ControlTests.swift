import Configuration
import FieldModel
import Foundation
import Testing

@Suite("Remote control")
struct ControlTests {
    private static let profile = """
        schema: fg.profile/1
        id: example
        max_registers: 60
        defaults: {table: holding, group: normal}
        groups: {normal: {period: 1s}}
        points:
          - {id: Epoch, address: 0, type: u32, access: write}
          - {id: Stop, address: 2, type: u16, access: write}
          - {id: Counter, address: 3, type: u16, access: write}
          - {id: Travel, address: 4, type: i16, scale: 0.1, access: write, write: {min: -100, max: 50}}
          - {id: Throttle, address: 5, type: u16, access: write, write: {min: 800, max: 2200}}
          - {id: Enable, address: 6, type: u16, access: write, write: {min: 0, max: 1}}
          - {id: Cap, address: 7, type: u16, scale: 0.01, access: write}
          - {id: ArmEpoch, address: 20, type: u32, access: write}
          - {id: ArmStop, address: 22, type: u16, access: write}
          - {id: Arm, table: coil, address: 1, type: bool, access: write}
          - {id: SafeEpoch, address: 30, type: u32, access: write}
          - {id: SafeStop, address: 32, type: u16, access: write}
          - {id: Brake, table: coil, address: 0, type: bool, access: read_write}
          - {id: Horn, table: coil, address: 2, type: bool, access: read_write}
          - {id: State, table: input, address: 0, type: u16}
          - {id: Pressure, table: input, address: 1, type: f32, unit: bar}
          - {id: TravelOut, table: input, address: 3, type: i16, scale: 0.1}
          - {id: Seat, table: input, address: 4, type: bit, bit: 2}
          - {id: Mode, table: input, address: 5, type: string, length: 2}
        """
    private static let control = """

        control:
          axes:
            - {id: travel, point: Travel, read_back: TravelOut}
            - {id: throttle, point: Throttle, rest: 800}
          buttons: [{id: horn, point: Horn}]
          enable: Enable
          speed: {top: 8, creep: 1, unit: m/s, point: Cap}
          watchdog:
            counter: Counter
            at_most: 600ms
            conditions: [{point: Mode, is: "on"}, {point: Pressure, is: 7}]
            tripped: {point: State, is: 4}
          permit:
            drive: {epoch: Epoch, stop: Stop}
            arm: {epoch: ArmEpoch, stop: ArmStop, request: Arm}
            safe: {epoch: SafeEpoch, stop: SafeStop}
          safe_state: [{point: Brake, value: true}]
          release: [{point: Brake, value: 0}]
          standstill: {point: State, is: true}
          neutral: {point: State, is: 1}
          emergency_stop: {point: State, is: 5}
          local: {point: Seat, is: 1}
          interlocks: [{point: Seat, is: false, text: somebody sits on the seat}]
        """

    private func load(
        _ control: String, bus: String = "tcp: {host: 10.0.0.2}", profile: String = Self.profile + Self.control
    ) throws -> (control: ControlSettings?, problems: [String]) {
        let site = """
            schema: fg.site/1
            gateway: {id: gw}
            broker: {host: localhost}
            spool: {directory: spool}
            buses: [{id: lan, timeout: 120ms, \(bus)}]
            devices: [{id: a, bus: lan, profile: profile.yaml}]
            control:
              roster: roster.json
              machine_key: key
              owner_key: \(String(repeating: "Ab", count: 32))
              \(control)
            """
        let files = [
            "site.yaml": site, "profile.yaml": profile, "roster.json": "{}",
            "key": String(repeating: "5", count: 64) + "\n",
        ]
        let result = try ConfigurationTests.load(files)
        return (result.site?.control, result.problems)
    }

    @Test("is read whole from a profile")
    func everything() throws {
        let result = try load("devices: [{device: a}]")
        #expect(result.problems == [])
        let map = try #require(result.control?.devices.first?.map)
        #expect(map.axes.map(\.id) == ["travel", "throttle"])
        #expect(map.axes.map(\.rest) == [.zero, DecimalNumber(mantissa: 800)])
        #expect(map.axes.map { $0.readBack?.id } == ["TravelOut", nil])
        #expect(map.buttons.map(\.point.id) == ["Horn"])
        #expect((map.enable?.id, map.speedCap?.id, map.creep) == ("Enable", "Cap", 125))
        #expect(map.watchdog.longest == .milliseconds(600))
        #expect(map.watchdog.conditions.map(\.value) == [.text("on"), .number(DecimalNumber(mantissa: 7))])
        #expect(map.permit?.arm.request?.id == "Arm")
        #expect(map.permit?.held == nil)
        #expect(map.safeState.map(\.value) == [.bool(true)])
        #expect(map.interlocks.map(\.text) == ["somebody sits on the seat"])
        #expect(map.maxRegisters == 60)
    }

    @Test("says that a rest is outside its limits, and nothing of the gap that this leaves in the drive's write")
    func restOutside() throws {
        let profile = Self.profile + Self.control.replacingOccurrences(of: "rest: 800", with: "rest: 9999")
        let result = try load("devices: [{device: a}]", profile: profile)
        #expect(result.problems.count == 1 && result.problems.first?.contains("rest 9999 is outside") == true)
    }

    @Test("refuses a secret that others can read, a public key's file, and what signatures say against")
    func papers() throws {
        let site = """
            schema: fg.site/1
            gateway: {id: gw}
            broker: {host: localhost}
            spool: {directory: spool}
            buses: []
            devices: []
            control:
              roster: roster.json
              machine_key: FILE
              owner_key: \(String(repeating: "Ab", count: 32))
              devices: []
            """
        func problems(_ file: String, secretFault: String? = nil, judge: @escaping ControlPapersJudge = { _ in [] })
            -> [String]
        {
            let files = [
                "site.yaml": site.replacingOccurrences(of: "FILE", with: file), "roster.json": "{}",
                "key": String(repeating: "5", count: 64), "key.pub": String(repeating: "5", count: 64),
            ]
            let loader = SiteLoader(
                read: { path in
                    files[path].map { .success(Array($0.utf8)) } ?? .failure(SiteLoader.FileProblem(reason: "gone"))
                }, secretFault: { _ in secretFault }, judge: judge)
            return loader.load("site.yaml", overrides: []).problems.map(\.text)
        }
        #expect(problems("key") == [])
        #expect(
            problems("key.pub").first?.hasPrefix("site.yaml:9:16: control.machine_key: key.pub is by its name") == true)
        let open = try #require(problems("key", secretFault: "can be read by others").first)
        #expect(open.hasPrefix("site.yaml:9:16: control.machine_key: key can be read by others; chmod 600 key"))
        let judged = problems("key") { texts in
            [ControlPaperFault(key: "roster", message: texts.rosterFile, remedy: "line \(texts.ownerKeyLine)")]
        }
        #expect(judged == ["site.yaml:8:11: control.roster: roster.json; line 10"])
    }

    @Test("keeps what a drive and a safe state write from set-point commands, and leaves them the buttons")
    func written() throws {
        let map = try #require(try load("devices: [{device: a}]").control?.devices.first?.map)
        let written = Set(map.writtenPoints)
        #expect(
            written.isSuperset(of: ["Travel", "Throttle", "Counter", "Enable", "Cap", "Epoch", "ArmStop", "Brake"]))
        #expect(!written.contains("Horn"))
    }

    @Test("has the defaults of the documentation")
    func defaults() throws {
        let control = try #require(try load("devices: [{device: a}]").control)
        #expect((control.clientID, control.isDirect, control.isRealTime) == ("gw-control", true, true))
        #expect((control.owner, control.location) == ("", ""))
        #expect(control.machineKey == String(repeating: "5", count: 64))
        let device = try #require(control.devices.first)
        #expect((device.ownConnection, device.timeout, device.serial) == (true, .milliseconds(50), ""))
        var limits = SessionLimits()
        limits.creep = 125
        #expect(device.limits == limits)
    }

    @Test("takes every timer of a site, at the ends of its range")
    func limits() throws {
        let result = try load(
            """
            owner: Us
              location: Pit 3
              client_id: drive
              direct: false
              real_time: false
              devices:
                - device: a
                  serial: 17
                  timeout: 10ms
                  limits: {freshness: 50ms, degrade_after: 50ms, stop_after: 100ms, ramp: 0ms, enable_hold: 2s,
                           lease: 10s, unused: 10m, round_trip: 10ms, video_age: 1s, confirm: 1m, echoes: 500}
            """)
        #expect(result.problems == [])
        let control = try #require(result.control)
        #expect((control.owner, control.location, control.clientID) == ("Us", "Pit 3", "drive"))
        #expect((control.isDirect, control.isRealTime) == (false, false))
        let device = try #require(control.devices.first)
        #expect((device.serial, device.timeout) == ("17", .milliseconds(10)))
        let limits = device.limits
        #expect([limits.freshness, limits.degradeAfter, limits.roundTrip].map(\.wholeMilliseconds) == [50, 50, 10])
        #expect([limits.stopAfter, limits.ramp, limits.enableHold].map(\.wholeMilliseconds) == [100, 0, 2000])
        #expect([limits.lease, limits.unused, limits.confirm] == [.seconds(10), .seconds(600), .seconds(60)])
        #expect((limits.videoAge, limits.echoes) == (.seconds(1), 500))
    }

    @Test("asks in short reads on a serial line it shares, and of its own connection what the device takes")
    func shortReads() throws {
        let line = "rtu: {device: /dev/ttyS0, baud: 19200}"
        let shared = try #require(try load("devices: [{device: a}]", bus: line).control?.devices.first)
        #expect(!shared.ownConnection)
        // 40 ms at 19,200 baud with parity, less two silences and 13 bytes.
        #expect(shared.map.maxRegisters == 24)
        let own = try #require(try load("devices: [{device: a}]").control?.devices.first)
        #expect(own.map.maxRegisters == 60)
    }

    @Test("shares a TCP bus where the site says so")
    func sharedTCP() throws {
        let result = try load("devices: [{device: a, own_connection: false}]")
        #expect(result.problems == [])
        #expect(result.control?.devices.map(\.ownConnection) == [false])
    }

    @Test("may be prepared before there is a machine")
    func nobody() throws {
        let result = try load("devices: []")
        #expect(result.problems == [])
        #expect(result.control?.devices.isEmpty == true)
    }
}
