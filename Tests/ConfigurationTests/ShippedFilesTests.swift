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

    @Test("loads without a problem, as a site", arguments: sites)
    func site(_ name: String) throws {
        let result = try load("sites/\(name)", in: Folder.shipped)
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

    @Test("is looked at")
    func some() {
        #expect(!Self.profiles.isEmpty)
    }
}
