import FieldGateTesting
import FieldModel
import Foundation
import PathProbe
import PeerTesting
import Platform
import Testing

@Suite("Probes")
struct ProberTests {
    /// What comes back of three probes within a second.
    private static func answers(_ target: ProbeTarget, device: String = "lo") throws -> (Set<UInt16>, ProbeFault?) {
        let time = SystemTime(source: .system)
        let loop = try EventLoop(time: time)
        var answered: Set<UInt16> = []
        var fault: ProbeFault?
        let prober = Probers.make(target, device: device, on: loop) { sequence, _ in answered.insert(sequence) }
        defer { prober.close() }
        let wake = WakeSource()
        loop.add(wake)
        let end = time.now() + .seconds(1)
        var sent: UInt16 = 0
        loop.run { now in
            if sent < 3, fault == nil {
                sent += 1
                do throws(ProbeFault) { try prober.send(sent) } catch { fault = error }
            }
            wake.deadline = now + .milliseconds(20)
            return now < end && answered.count < 3 && fault == nil
        }
        return (answered, fault)
    }

    private final class WakeSource: EventSource {
        let descriptor: Int32 = -1
        let interest: EventInterest = []
        var deadline: Instant?

        func ready(_ events: EventInterest, at now: Instant) { deadline = nil }
    }

    @Test("A TCP port that takes connections answers each probe, and so does one that refuses them")
    func tcp() throws {
        let (listener, port) = try LoopbackSocket.listen()
        #expect(try Self.answers(ProbeTarget(kind: .tcp(port: port), address: "127.0.0.1")).0 == [1, 2, 3])
        close(listener)
        #expect(try Self.answers(ProbeTarget(kind: .tcp(port: port), address: "127.0.0.1")).0 == [1, 2, 3])
    }

    @Test("A UDP port that nobody listens on is an answer too, also over IPv6")
    func udp() throws {
        #expect(try !Self.answers(ProbeTarget(kind: .udp(port: 9), address: "127.0.0.1")).0.isEmpty)
        #expect(try !Self.answers(ProbeTarget(kind: .udp(port: 9), address: "::1")).0.isEmpty)
    }

    @Test("Nobody answers through an interface that does not lead there")
    func silence() throws {
        let (answered, fault) = try Self.answers(ProbeTarget(kind: .udp(port: 7), address: "192.0.2.1"))
        #expect(answered.isEmpty)
        #expect(fault == nil)
    }

    @Test("An interface that is not there is named")
    func noInterface() throws {
        for kind in [ProbeTarget.Kind.tcp(port: 7), .udp(port: 7)] {
            let fault = try Self.answers(ProbeTarget(kind: kind, address: "127.0.0.1"), device: "none0").1
            #expect(fault?.description.contains("there is no interface none0") == true)
        }
    }

    @Test("ICMP echo answers where this user may send it; where not, the setting is named")
    func icmp() throws {
        let (answered, fault) = try Self.answers(ProbeTarget(kind: .icmp, address: "127.0.0.1"))
        // Root may open a raw socket where the setting is closed.
        if let fault, geteuid() != 0 {
            #expect(fault.description.contains("ping_group_range"))
        } else {
            #expect(answered == [1, 2, 3])
        }
    }
}

@Suite("Probes in namespaces", .enabled("network namespaces need root") { geteuid() == 0 })
struct NamespaceProbeTests {
    @Test("The gateway's probes leave by their interface in the control class, and their answers are counted")
    func class_() async throws {
        let folder = try TemporaryFolder()
        let space = "fgq\(UInt16.random(in: 0...9999))"
        func ip(_ line: String) async throws -> String {
            try await Peer.run("ip", line.split(separator: " ").map(String.init), in: folder).text
        }
        _ = try await ip("netns add \(space)")
        _ = try await ip("-n \(space) link set lo up")
        _ = try await Peer.run(
            "ip", ["netns", "exec", space, "sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647"], in: folder)
        let rules =
            "add table ip seen; add chain ip seen out { type filter hook output priority 0; }; "
            + "add rule ip seen out oifname \"lo\" icmp type echo-request meta priority 0:6 counter"
        _ = try await Peer.run("ip", ["netns", "exec", space, "nft", rules], in: folder)
        let site = try folder.write(
            """
            schema: fg.site/1
            gateway: {id: probe}
            broker: {host: 127.0.0.1}
            spool: {directory: \(folder.path("spool"))}
            buses: []
            devices: []
            link: {paths: [{id: a, device: lo, probe: {targets: [{icmp: 127.0.0.1}]}}]}

            """, to: "site.yaml")
        let doctor = try await Peer.run(
            "ip", ["netns", "exec", space, Place.product("fieldgate"), "doctor", "--config", site], in: folder)
        #expect(doctor.text.contains("5 of 5 answered"), "\(doctor.text)")
        let seen = try await Peer.run("ip", ["netns", "exec", space, "nft", "list", "ruleset"], in: folder).text
        #expect(seen.contains("counter packets 5 "), "\(seen)")
        _ = try await ip("netns del \(space)")
    }
}

@Suite("Interface counters")
struct InterfaceCountersTests {
    @Test("The loopback interface's counters grow with what is sent over it")
    func grow() async throws {
        let before = try #require(InterfaceCounters.read()["lo"])
        let (listener, port) = try LoopbackSocket.listen()
        defer { close(listener) }
        let folder = try TemporaryFolder()
        _ = try await Peer.run(
            "bash", ["-c", "head -c 100000 /dev/zero > /dev/tcp/127.0.0.1/\(port) || true"], in: folder)
        let after = try #require(InterfaceCounters.read()["lo"])
        #expect(after.sentBytes > before.sentBytes && after.receivedBytes > before.receivedBytes)
    }
}
