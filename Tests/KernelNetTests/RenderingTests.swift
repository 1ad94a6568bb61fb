import FieldModel
import JSONText
import KernelNet
import Testing

@Suite("A network plan as commands")
struct RenderingTests {
    private let commands = NetworkCommands(
        plan: Samples.two, addresses: ["wwan0": .init(address: IPv4Address("10.1.0.9")!, prefix: 24)])

    @Test("Rules choose a path by mark, by source and by device, and cameras go to the bulk path")
    func rules() {
        #expect(
            commands.rules.map(\.text) == [
                "priority 20100 fwmark 101 lookup 101 protocol 70",
                "priority 20101 fwmark 102 lookup 102 protocol 70",
                "priority 20200 from 10.1.0.9 lookup 101 protocol 70",
                "priority 20300 oif wwan0 lookup 101 protocol 70",
                "priority 20301 oif wwan1 lookup 102 protocol 70",
                "priority 20400 iif cam0 lookup 101 protocol 70",
            ])
    }

    @Test("Each table has its default route, and its neighbours when the address is known")
    func routes() {
        #expect(
            commands.routes.map(\.text) == [
                "10.1.0.0/24 dev wwan0 scope link src 10.1.0.9 table 101 proto 70",
                "default via 10.1.0.1 onlink dev wwan0 src 10.1.0.9 table 101 proto 70",
                "default dev wwan1 scope link table 102 proto 70",
            ])
    }

    @Test("Guaranteed rates never add up to more than the path's, and control comes first")
    func shares() {
        for kilobits in [64.0, 512, 5_000, 18_512, 1_000_000] {
            let shaper = Shaper(device: "wwan0", rate: .kilobits(kilobits), cameras: Samples.two.cameras)
            let children = shaper.classes.filter { $0.parent == 1 }
            #expect(children.map(\.rate).reduce(0, +) <= shaper.classes[0].rate + 8)
            #expect(children.map(\.priority) == [0, 1, 2])
            #expect(shaper.classes.allSatisfy { $0.rate <= $0.ceil && $0.ceil <= shaper.classes[0].ceil })
        }
    }

    @Test("A camera has a class with its limit, and a rule that sends it there")
    func camera() {
        #expect(commands.text.contains("classid 1:100 htb rate 1000kbit ceil 4000kbit prio 2"))
        #expect(
            commands.text.contains(
                "iifname \"cam0\" ip saddr 192.168.7.20 counter name \"path0_camera0\" meta priority set 1:100 accept"))
    }

    @Test("Every connection on a path is marked with path, class and where it began, shaped or not")
    func marks() {
        var plan = Samples.two
        plan.quota = 5_000_000
        let ruleset = NetworkCommands(plan: plan, used: 12).ruleset
        let lines = ruleset.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { !$0.hasPrefix("#") }
        let start = lines.firstIndex { $0.hasPrefix("quota") }!
        let end = lines.firstIndex { $0.hasPrefix("chain forward") }!
        let golden = """
            quota line { over 5000000 bytes used 12 bytes }
            chain arriving {
            type filter hook prerouting priority -150; policy accept;
            iifname "wwan0" ct state new ct mark 0 ct mark set 0x00030030
            iifname "wwan0" quota name "line"
            iifname "wwan1" ct state new ct mark 0 ct mark set 0x00050030
            iifname "wwan1" quota name "line"
            }
            chain classify {
            type filter hook postrouting priority 90; policy accept;
            oifname "wwan0" quota name "line" goto path0_over
            oifname "wwan0" goto path0
            oifname "wwan1" quota name "line" goto path1_over
            oifname "wwan1" goto path1
            }
            chain path0_over {
            meta priority { 0:6, 0:2 } goto path0
            meta l4proto tcp meta priority 0:5 goto path0
            ct mark and 0xfffeffff { 0x00020010, 0x01020010, 0x00020020 } goto path0
            iifname != "cam0" udp dport { 53, 123 } goto path0
            counter name "path0_dropped" drop
            }
            chain path0 {
            meta priority 0:6 ct mark set ct mark and 0x00010000 or 0x00020010
            meta priority 0:6 counter name "path0_control" meta priority set 1:10 accept
            meta l4proto tcp meta priority 0:5 ct mark set ct mark and 0x00010000 or 0x01020010
            meta l4proto tcp meta priority 0:5 counter name "path0_probe" meta priority set 1:10 accept
            meta priority 0:2 ct mark set ct mark and 0x00010000 or 0x00020020
            meta priority 0:2 counter name "path0_telemetry" meta priority set 1:20 accept
            iifname "cam0" ip saddr 192.168.7.20 ct mark set ct mark and 0x00010000 or 0x00020100
            iifname "cam0" ip saddr 192.168.7.20 counter name "path0_camera0" meta priority set 1:100 accept
            ct mark and 0xfffeffff 0x00020010 counter name "path0_control" meta priority set 1:10 accept
            ct mark and 0xfffeffff 0x01020010 counter name "path0_probe" meta priority set 1:10 accept
            ct mark and 0xfffeffff 0x00020020 counter name "path0_telemetry" meta priority set 1:20 accept
            ct mark set ct mark and 0x00010000 or 0x00020030
            counter name "path0_bulk" meta priority set 1:30
            }
            chain path1_over {
            meta priority { 0:6, 0:2 } goto path1
            meta l4proto tcp meta priority 0:5 goto path1
            ct mark and 0xfffeffff { 0x00040010, 0x01040010, 0x00040020 } goto path1
            iifname != "cam0" udp dport { 53, 123 } goto path1
            counter name "path1_dropped" drop
            }
            chain path1 {
            meta priority 0:6 ct mark set ct mark and 0x00010000 or 0x00040010
            meta priority 0:6 counter name "path1_control" accept
            meta l4proto tcp meta priority 0:5 ct mark set ct mark and 0x00010000 or 0x01040010
            meta l4proto tcp meta priority 0:5 counter name "path1_probe" meta priority set 0:6 accept
            meta priority 0:2 ct mark set ct mark and 0x00010000 or 0x00040020
            meta priority 0:2 counter name "path1_telemetry" accept
            iifname "cam0" ip saddr 192.168.7.20 ct mark set ct mark and 0x00010000 or 0x00040100
            iifname "cam0" ip saddr 192.168.7.20 counter name "path1_camera0" accept
            ct mark and 0xfffeffff 0x00040010 counter name "path1_control" accept
            ct mark and 0xfffeffff 0x01040010 counter name "path1_probe" meta priority set 0:6 accept
            ct mark and 0xfffeffff 0x00040020 counter name "path1_telemetry" accept
            ct mark set ct mark and 0x00010000 or 0x00040030
            counter name "path1_bulk"
            }
            """
        #expect(lines[start..<end].joined(separator: "\n") == golden)
    }

    @Test("Settings of counting come before all others, and packets are not joined")
    func counting() {
        let text = commands.text
        for line in [
            "sysctl -w net.netfilter.nf_conntrack_acct=1", "sysctl -w net.netfilter.nf_conntrack_events=1",
            "sysctl -w net.netfilter.nf_conntrack_timestamp=1", "ethtool -K cam0 gro off",
            "meta protocol != { ip, ip6 } counter name \"path1_out\"",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        #expect(commands.settings.first?.key == "net.netfilter.nf_conntrack_acct")
        #expect(NetworkCommands(plan: NetworkPlan(paths: [])).settings.isEmpty)
    }

    @Test("A path without a rate has no shaper, and a plan without paths no rules at all")
    func nothing() {
        #expect(commands.text.contains("# path second: no rate, so wwan1 keeps its queue"))
        #expect(NetworkCommands(plan: NetworkPlan(paths: [])).ruleset == NetworkCommands.removal)
    }

    @Test("The same plan gives the same text")
    func deterministic() {
        #expect(commands.text == NetworkCommands(plan: commands.plan, addresses: commands.addresses).text)
    }

    @Test("A plan comes back from JSON as it was, and so does what was applied")
    func document() throws {
        var plan = Samples.two
        plan.quota = 9_007_199_254_740_993
        let request = NetworkRequest.apply(plan)
        #expect(try NetworkRequest.read(Array(request.line.utf8)) == request)
        var applied = AppliedPlan(plan: Samples.two, ruleset: "table \"x\" {\n}", before: ["net.ipv4.ip_forward": "0"])
        applied.current.paths[0].rate = .megabits(3)
        applied.counts = .init("table inet \"x\" {\n}", nil)
        #expect(AppliedPlan(applied.text) == applied)
    }

    @Test("An answer with counts comes back as it was, and so does every request")
    func counts() throws {
        let other = OtherTraffic(
            path: "a \"b\"", sent: .init(bytes: 42, packets: 1), received: .init(bytes: 1 << 60, packets: 7))
        #expect(NetworkReply.read(Array(NetworkReply.counted([other]).line.utf8)) == .counted([other]))
        var named = other
        named.strays = [
            .arp: TrafficCount(sent: .init(bytes: 28, packets: 1)),
            .icmpErrors: TrafficCount(received: .init(bytes: 1 << 53, packets: 2)),
        ]
        named.probes = TrafficCount(sent: .init(bytes: 100, packets: 2), received: .init(bytes: 60, packets: 1))
        #expect(NetworkReply.read(Array(NetworkReply.counted([named, other]).line.utf8)) == .counted([named, other]))
        #expect(NetworkReply.read(Array(NetworkReply.counted([]).line.utf8)) == .counted([]))
        for request in [NetworkRequest.meter, .flows, .others] {
            #expect(try NetworkRequest.read(Array(request.line.utf8)) == request)
        }
    }

    @Test(
        "A rate is read as tc prints it",
        arguments: [("18512Kbit", 18_512), ("20Mbit", 20_000), ("8000bit", 8), ("2Gbit", 2_000_000)])
    func rates(text: String, kilobits: Int64) {
        #expect(KernelReading.kilobits(text) == kilobits)
    }
}
