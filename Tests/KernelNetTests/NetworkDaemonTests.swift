import CSystem
import FieldGateTesting
import FieldModel
import Foundation
import KernelNet
import PeerTesting
import Testing

@Suite("fieldgate-netd in a network namespace", .serialized, .timeLimit(.minutes(2)))
struct NetworkDaemonTests {
    @Test("A plan is put in force, found in force, and taken away without a trace")
    func roundTrip() async throws {
        let lab = try Laboratory()
        let before = try lab.traces()
        try await lab.start()
        let helper = lab.helper
        #expect(try helper.apply(lab.plan) == NetworkState())
        #expect(try helper.inspect(lab.plan) == NetworkState())
        #expect(try helper.apply(lab.plan) == NetworkState())
        #expect(try helper.inspect(lab.plan) == NetworkState())
        try helper.clear()
        #expect(try lab.traces() == before)
    }

    @Test(
        "What somebody removed or changed is named, and put back",
        arguments: [
            ("nft delete table inet fieldgate", "table inet fieldgate is gone"),
            ("nft flush chain inet fieldgate forward", "chain forward is changed"),
            ("nft delete chain inet fieldgate source", "chain source is gone"),
            ("tc qdisc del dev wwan0 root", "the shaper on wwan0 is gone"),
            (
                "tc class change dev wwan0 parent 1: classid 1:1 htb rate 1mbit ceil 1mbit",
                "rates of the shaper on wwan0"
            ),
            ("tc qdisc del dev wwan0 parent 1:10", "classes of the shaper on wwan0"),
            ("ip rule flush protocol 70", "ip rule: priority 20100 fwmark 101"),
            ("ip rule del priority 20400", "iif cam0 lookup 101"),
            ("ip route flush table 102", "table 102"),
            ("sysctl -w net.ipv4.ip_forward=0", "net.ipv4.ip_forward is 0, not 1"),
        ])
    func damage(line: String, named: String) async throws {
        let lab = try Laboratory()
        try await lab.start()
        let helper = lab.helper
        _ = try helper.apply(lab.plan)
        try lab.sh(line)
        let state = try helper.inspect(lab.plan)
        #expect(state.absent.contains { $0.contains(named) }, "\(state.absent)")
        #expect(try helper.apply(lab.plan) == NetworkState())
        #expect(try helper.inspect(lab.plan) == NetworkState())
    }

    @Test("Somebody else's rules, routes, tables and queues stay")
    func foreign() async throws {
        let lab = try Laboratory()
        try lab.sh(
            "ip rule add priority 20150 fwmark 7 lookup 101; ip route add 198.51.100.0/24 dev wwan0 table 101 proto static;"
                + "nft add table inet site; nft add chain inet site guard; tc qdisc replace dev wwan1 root handle 1: tbf rate 1mbit burst 10kb latency 50ms"
        )
        let before = try lab.traces()
        try await lab.start()
        let state = try lab.helper.apply(lab.plan)
        #expect(state.missing.contains { $0.contains("wwan1 has a queue of somebody else's (tbf)") })
        try lab.helper.clear()
        #expect(try lab.traces() == before)
    }

    @Test("What was applied stays when netd is killed, and the next one shapes it, routes it and clears it")
    func restart() async throws {
        let lab = try Laboratory()
        let before = try lab.traces()
        try await lab.start()
        let helper = lab.helper
        _ = try helper.apply(lab.plan)
        try await lab.stop(SIGKILL)
        #expect(throws: NetworkFault.self) { try helper.inspect(lab.plan) }
        try await lab.start()
        #expect(try helper.inspect(lab.plan) == NetworkState())
        try helper.shape(path: "first", to: .megabits(7))
        try helper.route(bulk: "second", others: nil)
        #expect(try helper.inspect(lab.plan) == NetworkState())
        #expect(try lab.sh("tc class show dev wwan0").contains("class htb 1:1 root rate 7Mbit"))
        #expect(try lab.sh("ip rule").contains("20400:\tfrom all iif cam0 lookup 102"))
        try helper.clear()
        #expect(try lab.traces() == before)
    }

    @Test("With --clear-on-exit the end of netd takes everything away")
    func clearOnExit() async throws {
        let lab = try Laboratory()
        let before = try lab.traces()
        try await lab.start(["--clear-on-exit"])
        _ = try lab.helper.apply(lab.plan)
        try await lab.stop()
        #expect(try lab.traces() == before)
    }

    @Test("A missing interface is absent, and the other path is in force all the same")
    func missingDevice() async throws {
        let lab = try Laboratory()
        try await lab.start()
        var plan = lab.plan
        plan.paths[1].device = "wwan9"
        let state = try lab.helper.apply(plan)
        #expect(state.absent == ["path second: there is no interface wwan9; is the modem connected?"])
        #expect(try lab.helper.inspect(plan).absent == state.absent)
    }

    @Test("Another user is refused by the kernel's word on the peer, with the remedy")
    func credentials() async throws {
        let lab = try Laboratory(netd: ["--allow-group", "64321"])
        try await lab.start()
        #expect {
            try lab.helper.clear()
        } throws: {
            guard case NetworkFault.refused(let reason)? = $0 as? NetworkFault else { return false }
            return reason.contains("user 0 may not") && reason.contains("--allow-group")
        }
    }

    @Test("Garbage, floods and silence on the socket keep nobody from being served")
    func garbage() async throws {
        let lab = try Laboratory()
        try await lab.start()
        var silent: [Int32] = []
        for _ in 0..<24 { silent.append(try Self.connect(lab.socket)) }
        defer { for descriptor in silent { close(descriptor) } }
        let flood = try Self.connect(lab.socket)
        defer { close(flood) }
        let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 200_000)
        _ = send(flood, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        for line in ["\n\n\n", "{\"op\":\"exec\"}\n", "\u{0}\u{1}{{{\n", "{\"op\":\"apply\",\"plan\":{}}\n"] {
            let client = try Self.connect(lab.socket)
            let bytes = Array(line.utf8)
            _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            close(client)
        }
        #expect(try lab.helper.apply(lab.plan) == NetworkState())
    }

    @Test("A helper that is not there is named with how it is started")
    func notRunning() throws {
        let folder = try TemporaryFolder()
        #expect {
            try NetworkHelper(path: folder.path("none.sock")).clear()
        } throws: {
            guard case NetworkFault.unreachable(let reason)? = $0 as? NetworkFault else { return false }
            return reason.contains("systemctl start fieldgate-netd.socket")
        }
    }

    @Test("An unprivileged process's priority chooses its class")
    func classes() async throws {
        let lab = try Laboratory()
        try await lab.start()
        _ = try lab.helper.apply(lab.plan)
        let sender =
            "setpriv --reuid 65534 --regid 65534 --clear-groups /usr/bin/python3 -c '"
            + "import socket,sys; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);"
            + "s.setsockopt(socket.SOL_SOCKET,12,int(sys.argv[1])); [s.sendto(b\"x\",(\"10.77.0.1\",9)) for _ in range(20)]' "
        for (priority, name) in [(6, "1:10"), (2, "1:20"), (0, "1:30"), (5, "1:30")] {
            let sent = try lab.packets(name, on: "wwan0")
            try lab.sh(sender + "\(priority)")
            try await eventually("20 packets of priority \(priority) in \(name)") {
                try lab.packets(name, on: "wwan0") >= sent + 20
            }
        }
    }

    @Test("A camera's traffic leaves by the bulk path with its address, in its class")
    func camera() async throws {
        let lab = try Laboratory()
        try await lab.start()
        _ = try lab.helper.apply(lab.plan)
        try lab.sh("ping -c 3 -i 0.2 -W 1 203.0.113.1", in: "c")
        #expect(try lab.packets("1:100", on: "wwan0") >= 3)
        try lab.helper.route(bulk: "second", others: nil)
        try lab.sh("ping -c 3 -i 0.2 -W 1 203.0.113.1", in: "c")
        #expect(try lab.packets("1:100", on: "wwan1") >= 3)
    }

    @Test("Mark, source and device each choose the path")
    func paths() async throws {
        let lab = try Laboratory()
        try await lab.start()
        _ = try lab.helper.apply(lab.plan)
        #expect(try lab.sh("ip route get 203.0.113.1 mark 101").contains("dev wwan0"))
        #expect(try lab.sh("ip route get 203.0.113.1 mark 102").contains("dev wwan1"))
        #expect(try lab.sh("ip route get 203.0.113.1 from 10.78.0.2").contains("dev wwan1"))
        try lab.sh("ping -c 1 -W 1 -I wwan0 203.0.113.1 && ping -c 1 -W 1 -I wwan1 203.0.113.1")
    }

    private static func connect(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        let length = fg_unix_address(&address, path)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                CSystem.connect(descriptor, $0, socklen_t(length))
            }
        }
        guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
        return descriptor
    }
}
