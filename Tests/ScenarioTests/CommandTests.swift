import CSystem
import Foundation
import Testing

extension Scenarios {
    @Suite("Commands")
    struct CommandTests {
        /// A loader, a broker and a gateway between them.
        struct Rig {
            let folder: Folder
            let broker: Broker
            let mosquitto: Child
            let loader: Machine
            let gateway: GatewayUnderTest
            let results: Child

            init(clock: String = "system") async throws {
                folder = try Folder()
                broker = try await Broker(in: folder)
                mosquitto = try await broker.start()
                loader = try await Machine("loader", in: folder)
                let site = try folder.write(
                    """
                    schema: fg.site/1
                    gateway: {id: cmd}
                    clock: {source: \(clock)}
                    broker: {host: 127.0.0.1, port: \(broker.port)}
                    spool: {directory: \(folder.path("spool")), commit_interval: 50ms}
                    buses: [{id: lan, timeout: 10s, tcp: {host: 127.0.0.1, port: \(loader.port)}}]
                    devices: [{id: loader, bus: lan, profile: \(Tool.root.path)/Firmware-Config/profiles/wheel-loader.yaml}]

                    """, to: "site.yaml")
                gateway = GatewayUnderTest(site: site, in: folder)
                results = try await broker.subscribe("fg/v1/cmd/cmd/+/result", id: "results-\(broker.port)")
            }

            /// Started, and connected: a command sent from now on arrives.
            func start() async throws -> Child {
                let child = try await gateway.start()
                try await eventually("the broker is connected") { child.text.contains("broker connected") }
                return child
            }

            func send(_ payload: String, retain: Bool = false) async throws {
                try await broker.publish("fg/v1/cmd/cmd/loader", payload, retain: retain)
            }

            func stages(of id: String) -> [String] { results.results(of: id).compactMap { $0["stage"] } }

            func await_(_ id: String, _ stage: String) async throws {
                try await eventually("\(id) is \(stage): \(results.text)") { stages(of: id).contains(stage) }
            }

            func register() async throws -> String {
                let arguments = [
                    "-m", "tcp", "-p", "\(loader.port)", "-a", "1", "-t", "4", "-0", "-r", "0", "-c", "1", "-1", "-q",
                    "127.0.0.1",
                ]
                return try await Tool.run("mbpoll", arguments, in: folder).text.split(separator: "\n")
                    .first { $0.hasPrefix("[0]") }.map { $0.dropFirst(4).trimmingCharacters(in: .whitespaces) } ?? ""
            }
        }

        @Test("A command sent with mosquitto_pub changes the register that mbpoll reads")
        func changesTheRegister() async throws {
            let rig = try await Rig()
            let gateway = try await rig.start()
            try await rig.send(#"{"id":"c1","point":"BucketSpeedLimit","value":42}"#)
            try await rig.await_("c1", "confirmed")
            #expect(rig.stages(of: "c1") == ["received", "written", "confirmed"])
            #expect(try await rig.register() == "42")
            try await gateway.stop()
        }

        @Test("Each refusal names its reason, and nothing is written")
        func refusals() async throws {
            let rig = try await Rig()
            let gateway = try await rig.start()
            let before = try await rig.register()
            let cases = [
                ("r1", #"{"id":"r1","point":"NoSuchPoint","value":1}"#, "unknown_point"),
                ("r2", #"{"id":"r2","point":"EngineSpeed","value":1}"#, "not_writable"),
                ("r3", #"{"id":"r3","point":"BucketSpeedLimit","value":101}"#, "out_of_limits"),
                (
                    "r4", #"{"id":"r4","point":"BucketSpeedLimit","value":50,"expires":"2026-01-01T00:00:00Z"}"#,
                    "expired"
                ),
                ("r5", #"{"id":"r5","point":"BucketSpeedLimit","value":"fast"}"#, "wrong_type"),
                ("r6", #"{"id":"r6","point":"BucketSpeedLimit"}"#, "malformed"),
                ("r7", #"{"id":"r7","points":{"BucketSpeedLimit":50,"EngineSpeedLimit":99999}}"#, "out_of_limits"),
            ]
            for (id, payload, reason) in cases {
                try await rig.send(payload)
                try await rig.await_(id, "rejected")
                #expect(rig.results.results(of: id).compactMap { $0["reason"] } == [reason], "\(id)")
            }
            #expect(try await rig.register() == before)
            try await gateway.stop()
        }

        @Test("A retained command is refused, also when the broker hands it out at a connection")
        func retained() async throws {
            let rig = try await Rig()
            try await rig.send(#"{"id":"old","point":"BucketSpeedLimit","value":11}"#, retain: true)
            let gateway = try await rig.start()
            try await rig.await_("old", "rejected")
            #expect(rig.results.results(of: "old").allSatisfy { $0["reason"] == "retained" })
            #expect(try await rig.register() != "11")
            try await gateway.stop()
        }

        @Test(
            "Where the clock is not set, an expiry is not judged but refused",
            .disabled(if: Self.kernelClockIsSynchronised, "the kernel's clock is synchronised here"))
        func unsyncedClock() async throws {
            let rig = try await Rig(clock: "kernel")
            let gateway = try await rig.start()
            try await rig.send(#"{"id":"u1","point":"BucketSpeedLimit","value":12,"expires":"2099-01-01T00:00:00Z"}"#)
            try await rig.await_("u1", "rejected")
            #expect(rig.results.results(of: "u1").first?["reason"] == "clock_unsynced")
            try await rig.send(#"{"id":"u2","point":"BucketSpeedLimit","value":12}"#)
            try await rig.await_("u2", "confirmed")
            try await gateway.stop()
        }

        private static var kernelClockIsSynchronised: Bool {
            fg_clock_is_synchronised() == 1
        }

        @Test("A duplicate id gets the first result again, also after a restart, and is not written again")
        func duplicates() async throws {
            let rig = try await Rig()
            let first = try await rig.start()
            try await rig.send(#"{"id":"d1","point":"BucketSpeedLimit","value":33}"#)
            try await rig.await_("d1", "confirmed")
            try await rig.send(#"{"id":"d2","point":"BucketSpeedLimit","value":44}"#)
            try await rig.await_("d2", "confirmed")
            try await rig.send(#"{"id":"d1","point":"BucketSpeedLimit","value":33}"#)
            try await eventually("d1 is answered again") {
                rig.stages(of: "d1").filter { $0 == "confirmed" }.count == 2
            }
            first.kill()
            let second = try await rig.start()
            try await rig.send(#"{"id":"d1","point":"BucketSpeedLimit","value":55}"#)
            try await eventually("d1 is answered a third time") {
                rig.stages(of: "d1").filter { $0 == "confirmed" }.count >= 3
            }
            #expect(try await rig.register() == "44")
            try await second.stop()
        }

        @Test("After a kill between write and result the answer is unknown, and the command is never written again")
        func killedBetweenWriteAndResult() async throws {
            let rig = try await Rig()
            let first = try await rig.start()
            try await rig.send(#"{"id":"warm","point":"BucketSpeedLimit","value":20}"#)
            try await rig.await_("warm", "confirmed")
            // The loader obeys, and its answer does not come.
            try await rig.loader.tell("fault silent")
            try await rig.send(#"{"id":"k1","point":"BucketSpeedLimit","value":66}"#)
            try await rig.await_("k1", "received")
            let writes = { try await rig.loader.tell("registers holding 0 1") }
            try await eventually("the write is at the loader") { try await writes().contains("66") }
            first.kill()
            try await rig.loader.tell("fault none")
            try await rig.loader.tell("set BucketSpeedLimit 21")
            let second = try await rig.start()
            try await rig.await_("k1", "unknown")
            try await rig.send(#"{"id":"k1","point":"BucketSpeedLimit","value":66}"#)
            try await eventually("k1 is answered again") { rig.stages(of: "k1").filter { $0 == "unknown" }.count >= 2 }
            #expect(try await rig.register() == "21")
            try await second.stop()
        }
    }
}
