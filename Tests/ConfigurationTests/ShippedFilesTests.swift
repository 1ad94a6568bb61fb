import Configuration
import FieldModel
import Foundation
import Testing

@Suite("Every file that ships")
struct ShippedFilesTests {
    private static let sites = Folder.names(in: Folder.shipped.appending(path: "sites")).filter {
        $0.hasSuffix(".yaml")
    }
    private static let profiles = Folder.names(in: Folder.shipped.appending(path: "profiles")).filter {
        $0.hasSuffix(".yaml")
    }

    /// What a site names, and whoever sets it up makes.
    private static let made = [
        "sites/roster.json": "{}", "sites/machine.key": String(repeating: "5", count: 64),
        "sites/tls/ca.pem": "", "sites/tls/gateway.pem": "", "sites/tls/gateway.key": "",
    ]

    @Test("loads without a problem, as a site", arguments: sites)
    func site(_ name: String) throws {
        let result = try load("sites/\(name)", in: Folder.shipped, with: Self.made)
        #expect(result.problems == [])
        let site = try #require(result.site)
        #expect(!site.devices.isEmpty)
        #expect(site.devices.allSatisfy { !$0.map.points.isEmpty })
    }

    @Test("loads without a problem, as a profile", arguments: profiles)
    func profile(_ name: String) throws {
        let site = """
            schema: fg.site/1
            gateway: {id: gw}
            broker: {host: 127.0.0.1}
            spool: {directory: spool}
            buses: [{id: lan, tcp: {host: 10.0.0.2}}]
            devices: [{id: machine, bus: lan, profile: profile.yaml}]
            """
        let text = try String(contentsOf: Folder.shipped.appending(path: "profiles/\(name)"), encoding: .utf8)
        let result = try load(["site.yaml": site, "profile.yaml": text])
        #expect(result.problems == [])
        let map = try #require(result.site?.devices.first?.map)
        for point in map.points {
            #expect(point.group == nil || map.groups.contains { $0.id == point.group })
            #expect(point.group != nil || point.write != nil)
        }
    }

    @Test("shows one machine that takes permits, on a connection of its own, and one that does not, on a shared line")
    func remoteControl() throws {
        let result = try load("sites/remote-control.yaml", in: Folder.shipped, with: Self.made)
        let control = try #require(result.site?.control)
        #expect(control.devices.map(\.device) == ["loader", "crane"])
        #expect(control.devices.map(\.ownConnection) == [true, false])
        #expect(control.devices.map { $0.map.permit != nil } == [true, false])
        #expect(control.devices.map { $0.map.axes.count } == [4, 3])
        #expect(control.devices.map(\.map.creep) == [167, 200])
        #expect(control.devices.map { $0.map.speedCap?.id } == ["DriveSpeedCap", nil])
    }

    @Test("is looked at")
    func some() {
        #expect(!Self.profiles.isEmpty)
    }
}
