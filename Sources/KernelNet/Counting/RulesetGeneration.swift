import CSystem
import Platform

/// The number that nftables raises whenever anybody changes a rule of this namespace. Needs CAP_NET_ADMIN.
package final class RulesetGeneration {
    private static let get: UInt16 = 10 << 8 | 16
    private var line: NetlinkLine?

    package init() { line = try? NetlinkLine(NETLINK_NETFILTER) }

    /// Nil when the kernel does not say.
    package func read() -> UInt32? {
        var found: UInt32?
        // nfgenmsg; the answer has NFTA_GEN_ID (1), in network order.
        try? line?.ask(Self.get, isList: false, [0, 0, 0, 0]) { bytes in
            NetlinkLine.attributes(bytes, from: 4) { type, content in
                if type == 1, content.count >= 4 { found = UInt32(bigEndian: content.loadUnaligned(as: UInt32.self)) }
            }
        }
        return found
    }
}
