import FieldGateTesting
import Foundation
import PeerTesting
import Testing

@Suite("The link on real kernel networking", .enabled(if: LinkRig.isRoot, LinkRig.needsRoot), .serialized)
struct LinkTests {
    @Test("Each path has the delay of its profile, from the gateway and from a camera behind it")
    func roundTrip() async throws {
        try await LinkRig.with(["a=5g-sa-slice", "b=clean"]) { rig in
            let slow = try await rig.run(in: "gateway", "ping", "-q", "-c", "20", "-i", "0.02", "10.99.0.10")
            #expect(slow.text.contains(" 0% packet loss"))
            // 10 ms ± 2 each way.
            #expect(try fastest(slow.text) >= 16)
            let camera = try await rig.run(
                in: "machine", "ping", "-q", "-c", "5", "-i", "0.02", "-I", "192.168.50.12", "10.99.0.53")
            #expect(camera.text.contains(" 0% packet loss"))
            let clean = try await rig.run(
                in: "gateway", "ping", "-q", "-c", "20", "-i", "0.02", "-I", "wwan1", "10.99.0.53")
            #expect(try fastest(clean.text) < 16)
        }
    }

    @Test("Its bytes are the kernel's, in all and for each flow")
    func exactBytes() async throws {
        try await LinkRig.with(["a=5g-public"]) { rig in
            let server = try rig.start(in: "cloud", "iperf3", "-s", "-1", "--forceflush")
            try await server.says("listening")
            let upload = try await rig.run(in: "gateway", "iperf3", "-c", "10.99.0.10", "-n", "2M", "-C", "cubic")
            #expect(upload.code == 0, "\(upload.text)")
            _ = try await server.exit()
            var stats: [String: Any] = [:]
            try await eventually("nothing is under way") {
                stats = try rig.tell("stats")
                return try rig.number("paths.a.up.under_way", in: stats) == 0
                    && rig.number("paths.a.down.under_way", in: stats) == 0
            }
            for (path, role, device, counter) in [
                ("up.offered", "gateway", "wwan0", "tx"), ("up.delivered", "carrier-a", "radio0", "rx"),
                ("down.offered", "carrier-a", "radio0", "tx"), ("down.delivered", "gateway", "wwan0", "rx"),
            ] {
                let bytes = try await rig.kernel(role, device, "\(counter)_bytes")
                let packets = try await rig.kernel(role, device, "\(counter)_packets")
                #expect(try rig.number("paths.a.\(path).bytes", in: stats) == bytes, "\(path)")
                #expect(try rig.number("paths.a.\(path).packets", in: stats) == packets, "\(path)")
            }
            let flows = try #require(try rig.tell("stats flows")["flows"] as? [[String: Any]])
            let up = flows.filter { $0["direction"] as? String == "up" }
            let sum = try up.reduce(0) { try $0 + rig.number("delivered.bytes", in: $1) }
            #expect(try sum == rig.number("paths.a.up.delivered.bytes", in: stats))
            #expect(up.contains { $0["destination_port"] as? Int == 5201 && $0["protocol"] as? String == "tcp" })
        }
    }

    @Test("A saturating upload fills the modem's queue to its end and no further")
    func bufferbloat() async throws {
        try await LinkRig.with(["a=clean"]) { rig in
            try rig.tell("path a set up_rate 20M")
            try rig.tell("path a set up_queue 500k")
            try rig.tell("path a set delay 10ms")
            let server = try rig.start(in: "cloud", "iperf3", "-s", "-1", "--forceflush")
            try await server.says("listening")
            let upload = try await rig.run(in: "gateway", "iperf3", "-c", "10.99.0.10", "-u", "-b", "60M", "-n", "4M")
            #expect(upload.code == 0, "\(upload.text)")
            let stats = try rig.tell("stats")
            let deepest = try rig.number("paths.a.up.queue_bytes.max", in: stats)
            #expect((498_000...500_000).contains(deepest))
            #expect(try rig.number("paths.a.up.queue_full.packets", in: stats) > 0)
        }
    }

    @Test("A dead path counts what is sent into it and delivers nothing; a closed session counts nothing")
    func dead() async throws {
        try await LinkRig.with(["a=clean"]) { rig in
            try rig.tell("path a dead on")
            let ping = try await rig.run(in: "gateway", "ping", "-q", "-c", "3", "-i", "0.02", "-W", "1", "10.99.0.10")
            #expect(ping.text.contains("100% packet loss"))
            let counters = try rig.tell("path a counters")
            #expect(try rig.number("up.packets", in: counters) == 3)
            #expect(try rig.number("up.bytes", in: counters) == 3 * 84)
            #expect(try rig.number("down.packets", in: counters) == 0)
            #expect(try await rig.kernel("carrier-a", "radio0", "rx_packets") == 0)

            try rig.tell("path a dead off")
            try rig.tell("path a session down")
            _ = try await rig.run(in: "gateway", "ping", "-q", "-c", "2", "-i", "0.02", "-W", "1", "10.99.0.10")
            #expect(try rig.number("up.packets", in: rig.tell("path a counters")) == 3)
            try rig.tell("path a session up")
            let cured = try await rig.run(in: "gateway", "ping", "-q", "-c", "2", "-i", "0.02", "10.99.0.10")
            #expect(cured.text.contains(" 0% packet loss"))
        }
    }

    @Test("A timeline acts, faster by the time scale, and the trace has a line for each packet")
    func timeline() async throws {
        let folder = try TemporaryFolder()
        let script = try folder.write("- {at: 60s, path: a, set: {profile: 5g-edge, dead: on}}\n", to: "script.yaml")
        let (trace, stats) = (folder.path("trace.csv"), folder.path("stats.json"))
        let options = ["--timeline", script, "--time-scale", "600", "--trace", trace, "--stats", stats]
        try await LinkRig.with(["a=clean"], options) { rig in
            try await eventually("the timeline has acted") {
                let paths = try rig.tell("stats")["paths"] as? [String: [String: Any]]
                return paths?["a"]?["profile"] as? String == "5g-edge" && paths?["a"]?["dead"] as? Bool == true
            }
            _ = try await rig.run(in: "gateway", "ping", "-q", "-c", "2", "-i", "0.02", "-W", "1", "10.99.0.10")
            let link = try #require(rig.link)
            Glibc.kill(link.pid, SIGTERM)
            #expect(try await link.exit() == 0)
            let lines = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines[1].hasSuffix(",a,up,84,icmp,10.64.0.2,0,10.99.0.10,0,dead"))
            #expect(try String(contentsOfFile: stats, encoding: .utf8).contains("\"elapsed_s\""))
        }
    }

    @Test("A camera's stream crosses the gateway and the link, and all counts agree")
    func camera() async throws {
        try await LinkRig.with(["a=clean"]) { rig in
            try rig.tell("path a set delay 5ms")
            let program = Place.product("fieldsim")
            let receiver = try rig.start(in: "cloud", program, "camera", "--receive", "5004", "--bind", "10.99.0.10")
            try await receiver.says("listening")
            let sender = try await rig.run(
                in: "machine", program, "camera", "--to", "10.99.0.10:5004", "--bind", "192.168.50.11", "--rate", "4M",
                "--for", "2s")
            let sent = try json(sender.text)
            let (packets, bytes) = (try rig.number("packets", in: sent), try rig.number("bytes", in: sent))
            #expect(packets > 500)
            try await eventually("all has arrived") {
                try rig.number("paths.a.up.delivered.packets", in: rig.tell("stats")) == packets
            }
            Glibc.kill(receiver.pid, SIGTERM)
            #expect(try await receiver.exit() == 0)
            let received = try json(receiver.text)
            let stream = try #require((received["streams"] as? [[String: Any]])?.first)
            #expect(try rig.number("packets", in: stream) == packets)
            #expect(try rig.number("bytes", in: stream) == bytes)
            #expect(try rig.number("lost", in: stream) == 0)
            #expect(try rig.number("frames", in: stream) == rig.number("frames", in: sent))
            let latency = try #require((stream["frame_latency"] as? [String: Any])?["p50_us"] as? Double)
            #expect(latency >= 5000)
            let flows = try #require(try rig.tell("stats flows")["flows"] as? [[String: Any]])
            let flow = try #require(flows.first { $0["source"] as? String == "192.168.50.11" })
            #expect(try rig.number("delivered.bytes", in: flow) == bytes + 28 * packets)
        }
    }

    /// The last line that is JSON.
    private func json(_ text: String) throws -> [String: Any] {
        let line = try #require(text.split(separator: "\n").last { $0.hasPrefix("{") })
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    /// Milliseconds of ping's smallest round trip.
    private func fastest(_ text: String) throws -> Double {
        let line = try #require(text.split(separator: "\n").first { $0.contains("min/avg/max") })
        let figures = try #require(line.split(separator: "=").last)
        return try #require(Double(figures.split(separator: "/").first?.trimmingCharacters(in: .whitespaces) ?? ""))
    }
}
