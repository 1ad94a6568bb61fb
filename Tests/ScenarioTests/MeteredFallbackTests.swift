import Foundation
import Testing

extension Scenarios {
    @Suite("Metering without the kernel's rights", .enabled("network namespaces need root") { geteuid() == 0 })
    struct MeteredFallbackTests {
        private let folder: Folder

        init() throws { folder = try Folder() }

        @Test(
            "Another user without a helper counts own sockets and interfaces, marks it all, and counts each message once"
        )
        func estimated() async throws {
            let yard = try await MeteredYard(in: folder)
            try open(folder.url.path, to: 65534)
            let gateway = try MeteredGateway(
                yard, .init(metering: "volume: 100kB, interval: 1m", hasHelper: false, spool: "own/spool"))
            try open(folder.path("own"), to: 65534)
            let heard = try await yard.subscribe("fg/#")
            try await yard.silence(true)
            let process = try gateway.start(as: [
                "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
            ])
            try await gateway.counts(process, "sockets")
            try await yard.silence(false)
            let load = try yard.load(.gateway, rate: 2, kinds: "up,datagrams", seconds: 3)
            #expect(try await load.exitCode() == 0)
            try await eventually("rows are published") { rows(heard) > 40 }
            // Sockets are looked at every five seconds, and what closes in between is seen up to the look before.
            try await eventually("the own connection is recorded") { own(try await gateway.records()) > 90_000 }
            try await yard.settle()
            #expect(try await process.stop() == 0)
            let records = try await gateway.records()
            let air = try yard.air()
            let volumes = records.withVolume
            #expect(!volumes.isEmpty && volumes.allSatisfy(\.isEstimated))
            #expect(Set(volumes.map { $0["src"] }).isSubset(of: ["app", "iface"]))
            // The gateway's own socket is a connection; what others sent is none's.
            #expect(own(records) > 90_000 && own(records) < 400_000, "\(own(records))")
            #expect(records.looseUp > 400_000)
            #expect(abs(air.up - records.up) < 2000 && abs(air.down - records.down) < 2000, "\(records.up) \(air)")
            let through = volumes.compactMap { $0.notes["through"] }
            #expect(records.messages > 30 && records.messages <= rows(heard), "\(through) \(rows(heard))")
            #expect(records.messages == settled(through.last), "\(records.messages) \(through)")
            #expect(process.text.contains("every record is estimated"))
        }

        private func own(_ records: UsageLines) -> Int {
            records.withVolume.filter(\.hasConnection).reduce(0) { $0 + $1.up }
        }

        private func rows(_ heard: Child) -> Int {
            heard.messages.filter { message in
                ["tele", "event", "link", "usage"].contains(
                    message.topic.split(separator: "/").dropFirst(3).first ?? "")
            }.count
        }

        /// `event:5 telemetry:60`: each stream's rows were published once.
        private func settled(_ text: String?) -> Int {
            (text ?? "").split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }.reduce(0, +)
        }

        private func open(_ path: String, to user: UInt32) throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            guard chown(path, user, user) == 0 else { throw Missing(what: "\(path) cannot be given away") }
        }
    }
}
