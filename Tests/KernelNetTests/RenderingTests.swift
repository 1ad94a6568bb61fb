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
        #expect(commands.text.contains("iifname \"cam0\" ip saddr 192.168.7.20 counter meta priority set 1:100 accept"))
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
        let request = NetworkRequest.apply(Samples.two)
        #expect(try NetworkRequest.read(Array(request.line.utf8)) == request)
        var applied = AppliedPlan(plan: Samples.two, ruleset: "table \"x\" {\n}", before: ["net.ipv4.ip_forward": "0"])
        applied.current.paths[0].rate = .megabits(3)
        #expect(AppliedPlan(applied.text) == applied)
    }

    @Test(
        "A rate is read as tc prints it",
        arguments: [("18512Kbit", 18_512), ("20Mbit", 20_000), ("8000bit", 8), ("2Gbit", 2_000_000)])
    func rates(text: String, kilobits: Int64) {
        #expect(KernelReading.kilobits(text) == kilobits)
    }
}
