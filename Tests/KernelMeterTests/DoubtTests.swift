import CSystem
import FieldGateTesting
import FieldModel
import Foundation
import KernelNet
import Testing

extension RealKernel {
    @Suite("Counters that somebody spoils while they run")
    struct DoubtTests {
        @Test(
            "It is noticed, told, and doubted as long as it lasts",
            arguments: [
                ("sysctl -w net.netfilter.nf_conntrack_acct=0", "connections are not counted"),
                ("sysctl -w net.netfilter.nf_conntrack_events=0", "ends of connections are not told"),
                ("sysctl -w net.netfilter.nf_conntrack_timestamp=0", "cannot be told apart"),
                ("nft flush ruleset", "table inet fieldgate is gone"),
                ("nft flush chain inet fieldgate path0", "chain path0 is changed"),
            ])
        func spoilt(line: String, named: String) async throws {
            let yard = try Yard()
            try await yard.start()
            let counters = yard.counters()
            _ = try counters.flows()
            #expect(counters.doubts == [])
            try yard.sh(line)
            try await heard(named, counters)
            _ = try counters.flows()
            #expect(counters.doubts.contains { $0.contains(named) })
            #expect(try yard.helper.apply(Samples.plan) == NetworkState())
            _ = try counters.flows()
            #expect(counters.doubts == [])
        }

        @Test("Before a plan is applied, and after it was taken away, every connection is in doubt")
        func noPlan() async throws {
            let yard = try Yard()
            try await yard.startDaemon()
            let counters = yard.counters()
            for _ in 0..<2 {
                _ = try counters.flows()
                #expect(counters.doubts.contains { $0.contains("no plan is in force") })
                #expect(try yard.helper.apply(Samples.plan) == NetworkState())
                _ = try counters.flows()
                #expect(counters.doubts == [])
                try yard.helper.clear()
                #expect(try yard.sh("sysctl -n net.netfilter.nf_conntrack_acct") == "0\n")
            }
        }

        @Test("An interface that joins packets is noticed, and set right when the plan is applied again")
        func joining() async throws {
            let yard = try Yard()
            try await yard.start()
            let counters = yard.counters()
            // ETHTOOL_SGRO.
            try yard.ethtool("cam0", 0x2C, 1, in: .gateway)
            try await heard("cam0 joins packets before they are counted", counters)
            #expect(
                try yard.helper.inspect(Samples.plan).absent.contains { $0.contains("receive offload of cam0 is on") })
            #expect(try yard.helper.apply(Samples.plan) == NetworkState())
            _ = try counters.flows()
            #expect(counters.doubts == [])
        }

        @Test("A renamed interface is counted on and named; one that is gone is named")
        func renamed() async throws {
            let yard = try Yard()
            try await yard.start()
            let counters = yard.counters()
            try yard.sh("ping -c 3 -i 0.05 10.78.0.1", in: .gateway)
            let before = try yard.reading(counters, "second")
            #expect(before.sent.packets >= 3 && before.classes == [])
            try yard.sh("ip link set wwan1 down && ip link set wwan1 name lte7", in: .gateway)
            let after = try yard.reading(counters, "second")
            #expect(after.sent == before.sent)
            try await heard("path second: interface wwan1 is called lte7 now", counters)
            try yard.sh("ip link del lte7", in: .gateway)
            #expect {
                try yard.reading(counters, "second")
            } throws: {
                ($0 as? NetworkFault)?.words.contains("path second: there is no interface wwan1") == true
            }
        }

        @Test("An interface that came back is another one, and its counters begin anew")
        func replaced() async throws {
            let yard = try Yard()
            try await yard.start()
            let counters = yard.counters()
            try yard.sh("ping -c 3 -i 0.05 10.78.0.1", in: .gateway)
            let before = try yard.reading(counters, "second")
            try yard.sh("ip link del wwan1 && ip link add wwan1 type veth peer name other", in: .gateway)
            let after = try yard.reading(counters, "second")
            #expect(before.sent.packets >= 3 && after.sent.packets == 0)
            try await heard("path second: wwan1 is another interface than before", counters)
        }

        @Test("Without fieldgate-netd interfaces and classes are read all the same, and how it is started is said")
        func alone() async throws {
            let yard = try Yard()
            try await yard.start()
            yard.killDaemon()
            let counters = yard.counters()
            #expect(try yard.reading(counters).classes.map(\.trafficClass) == [0x10, 0x20, 0x30, 0x100])
            #expect {
                try counters.flows()
            } throws: {
                ($0 as? NetworkFault)?.words.contains("systemctl start fieldgate-netd.socket") == true
            }
            #expect(throws: NetworkFault.self) { try counters.events(limit: 1) }
        }

        private func heard(_ words: String, _ counters: KernelCounters) async throws {
            try await eventually("it is told: \(words)", within: .seconds(20)) {
                try counters.events(limit: 1000).contains {
                    if case .lost(let text) = $0 { text.contains(words) } else { false }
                }
            }
        }
    }
}
