import CSystem
import FieldModel
import Platform

/// Named counters of nftables, by netlink: running a program for it every five seconds would cost more than all other
/// counting. Needs CAP_NET_ADMIN.
package final class CounterDump {
    package enum Family: UInt8 {
        case inet = 1
        case netdev = 5
    }

    /// NFT_MSG_GETOBJ of the nftables subsystem.
    private static let get: UInt16 = 10 << 8 | 19
    private static let counterType: UInt32 = 1
    private var line: NetlinkLine?

    package init() { line = try? NetlinkLine(NETLINK_NETFILTER) }

    /// By name; nil when the kernel does not say.
    package func read(_ family: Family, table: String) -> [String: Flow.Count]? {
        guard let line else { return nil }
        var found: [String: Flow.Count] = [:]
        // nfgenmsg; NFTA_OBJ_TABLE (1).
        let body = [family.rawValue, 0, 0, 0] + NetlinkLine.attribute(1, table)
        do throws(SystemError) {
            try line.ask(Self.get, isList: true, body) { bytes in
                if let (name, count) = Self.counter(bytes) { found[name] = count }
            }
        } catch {
            return nil
        }
        return found
    }

    /// NFTA_OBJ_NAME (2), NFTA_OBJ_TYPE (3), NFTA_OBJ_DATA (4) with bytes (1) and packets (2), all in network order.
    private static func counter(_ bytes: UnsafeRawBufferPointer) -> (String, Flow.Count)? {
        var name = ""
        var type: UInt32 = 0
        var count = Flow.Count()
        NetlinkLine.attributes(bytes, from: 4) { attribute, content in
            switch attribute {
            case 2: name = String(decoding: content.prefix { $0 != 0 }, as: UTF8.self)
            case 3 where content.count >= 4: type = UInt32(bigEndian: content.loadUnaligned(as: UInt32.self))
            case 4:
                NetlinkLine.attributes(content, from: 0) { part, number in
                    guard number.count >= 8 else { return }
                    let value = UInt64(bigEndian: number.loadUnaligned(as: UInt64.self))
                    if part == 1 { count.bytes = value }
                    if part == 2 { count.packets = value }
                }
            default: break
            }
        }
        return type == counterType && !name.isEmpty ? (name, count) : nil
    }
}
