import FieldGateTesting
import FieldModel
import Foundation
import KernelNet
import PeerTesting
import Testing

@Suite("Whether the kernel counts what is billed")
struct CountingGateTests {
    /// nft says what it is told to; nothing else is asked.
    private struct Tools: NetworkTools {
        var flowtables = ""

        func run(_ tool: String, _ arguments: [String], input: String) throws(ToolFault) -> String { flowtables }
    }

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for (name, value) in [
            ("acct", "1"), ("events", "1"), ("timestamp", "1"), ("count", "5"), ("max", "65536"), ("buckets", "65536"),
        ] { try set(name, value) }
        try FileManager.default.createDirectory(atPath: folder.path("sys/wwan0"), withIntermediateDirectories: true)
        try folder.write("1\n", to: "sys/wwan0/type")
    }

    private func set(_ name: String, _ value: String?) throws {
        let directory = folder.path("net/netfilter")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = "net/netfilter/nf_conntrack_\(name)"
        if let value {
            try folder.write("\(value)\n", to: file)
        } else {
            try FileManager.default.removeItem(atPath: folder.path(file))
        }
    }

    private func doubts(flowtables: String = "") -> [String] {
        CountingGate(tools: Tools(flowtables: flowtables), proc: folder.path("/"), sys: folder.path("sys/"))
            .findings(Samples.plan).filter(\.isDoubt).map(\.text)
    }

    @Test("A kernel that is set up as it must be gives no doubt")
    func sound() { #expect(doubts() == []) }

    @Test(
        "What is wrong is named, with what it costs and the remedy",
        arguments: [
            ("acct", "0", "nf_conntrack_acct: missing; connections are not counted", "sysctl -w"),
            ("acct", nil, "connections are not counted: this kernel has no", "modprobe nf_conntrack"),
            ("events", "2", "ends of connections are not told", "nf_conntrack_events=1"),
            ("events", nil, "ends of connections are not told", "CONFIG_NF_CONNTRACK_EVENTS"),
            ("timestamp", "0", "cannot be told apart", "nf_conntrack_timestamp=1"),
            ("count", "60000", "connection table: estimated; 91 % full (60000 of 65536)", "nf_conntrack_max=131072"),
            ("max", "8192", "8192 connections at most", "nf_conntrack_max=16384"),
            ("buckets", "1024", "1024 buckets for 65536 connections", "nf_conntrack_buckets=16384"),
        ])
    func wrong(name: String, value: String?, named: String, remedy: String) throws {
        try set(name, value)
        let found = doubts()
        #expect(found.contains { $0.contains(named) && $0.contains(remedy) }, "\(found)")
    }

    @Test("A flowtable and a link of unknown kind are named")
    func others() throws {
        try folder.write("32\n", to: "sys/wwan0/type")
        let found = doubts(flowtables: "table inet router {\n\tflowtable fast {\n\t\thook ingress priority 0\n\t}\n}\n")
        #expect(found.contains { $0.contains("flowtable 'fast' takes connections past the counters") }, "\(found)")
        #expect(found.contains { $0.contains("link wwan0: estimated; link type 32 of path first") }, "\(found)")
    }

    @Test(
        "The header of each kind of link",
        arguments: [(1, 14), (65_534, 0), (519, 0), (512, 0), (32, nil)] as [(UInt16, UInt64?)])
    func headers(type: UInt16, header: UInt64?) { #expect(LinkStatistics.header(of: type) == header) }
}
