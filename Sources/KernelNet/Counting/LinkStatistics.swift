import CSystem
import FieldModel
import Platform

/// Interfaces and their HTB classes as rtnetlink tells them (rtnetlink(7)); everybody may ask. One thread.
package final class LinkStatistics {
    package struct Link: Hashable {
        package var index: Int32
        package var name: String
        /// ARPHRD_…: 1 is Ethernet.
        package var type: UInt16
        package var sent: Flow.Count
        package var received: Flow.Count

        /// Bytes that each packet has before its IP header in the interface's counts; nil when nobody here knows.
        package var header: UInt64? { LinkStatistics.header(of: type) }
    }

    private enum Message {
        static let getLink: UInt16 = 18
        static let getClass: UInt16 = 42
    }

    private let line: NetlinkLine

    package init() throws(SystemError) { line = try NetlinkLine(NETLINK_ROUTE) }

    /// Ethernet has 14 bytes; a modem that carries bare IP (none, PPP, raw IP, tunnel) has none.
    package static func header(of type: UInt16) -> UInt64? {
        switch type {
        case 1: 14
        case 512, 519, 768, 769, 776, 65_534: 0
        default: nil
        }
    }

    /// Nil when there is no such interface.
    package func link(_ name: String) throws(SystemError) -> Link? {
        try link([UInt8](repeating: 0, count: 16) + NetlinkLine.attribute(3, name))
    }

    package func link(index: Int32) throws(SystemError) -> Link? {
        var body = [UInt8](repeating: 0, count: 16)
        body.replaceSubrange(4..<8, with: NetlinkLine.bytes(index))
        return try link(body)
    }

    private func link(_ body: [UInt8]) throws(SystemError) -> Link? {
        var found: Link?
        do throws(SystemError) {
            try line.ask(Message.getLink, isList: false, body) { found = Self.link($0) }
        } catch {
            guard error.code == ENODEV else { throw error }
        }
        return found
    }

    /// ifinfomsg, then IFLA_IFNAME (3) and IFLA_STATS64 (23).
    private static func link(_ bytes: UnsafeRawBufferPointer) -> Link? {
        guard bytes.count >= 16 else { return nil }
        var link = Link(
            index: bytes.loadUnaligned(fromByteOffset: 4, as: Int32.self), name: "",
            type: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self), sent: Flow.Count(), received: Flow.Count())
        NetlinkLine.attributes(bytes, from: 16) { type, content in
            switch type {
            case 3: link.name = String(decoding: content.prefix { $0 != 0 }, as: UTF8.self)
            case 23 where content.count >= 32:
                func number(_ place: Int) -> UInt64 {
                    content.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self)
                }
                link.received = Flow.Count(bytes: number(2), packets: number(0))
                link.sent = Flow.Count(bytes: number(3), packets: number(1))
            default: break
            }
        }
        return link.name.isEmpty ? nil : link
    }

    /// The HTB classes that hold packets themselves, by minor number; empty where there is no HTB.
    package func classes(of index: Int32) throws(SystemError) -> [ClassReading] {
        var body = [UInt8](repeating: 0, count: 20)
        body.replaceSubrange(4..<8, with: NetlinkLine.bytes(index))
        var classes: [ClassReading] = []
        try line.ask(Message.getClass, isList: true, body) { bytes in
            if let found = Self.leaf(bytes) { classes.append(found) }
        }
        return classes.sorted { $0.trafficClass < $1.trafficClass }
    }

    /// tcmsg (handle at 8, parent, then the queue of a leaf), TCA_KIND (1), TCA_STATS2 (7).
    private static func leaf(_ bytes: UnsafeRawBufferPointer) -> ClassReading? {
        guard bytes.count >= 20, bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self) != 0 else { return nil }
        let handle = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
        var reading = ClassReading(
            trafficClass: UInt16(truncatingIfNeeded: handle), bytes: 0, packets: 0, backlog: 0, drops: 0)
        var isHTB = false
        NetlinkLine.attributes(bytes, from: 20) { type, content in
            if type == 1 { isHTB = content.starts(with: Array("htb".utf8)) }
            if type == 7 { statistics(content, &reading) }
        }
        return isHTB ? reading : nil
    }

    /// gnet_stats: basic (1: bytes, packets), queue (3: length, backlog, drops), packets in 64 bits (8).
    private static func statistics(_ bytes: UnsafeRawBufferPointer, _ reading: inout ClassReading) {
        var wide: UInt64?
        NetlinkLine.attributes(bytes, from: 0) { type, content in
            switch type {
            case 1 where content.count >= 12:
                reading.bytes = content.loadUnaligned(as: UInt64.self)
                reading.packets = UInt64(content.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
            case 3 where content.count >= 12:
                reading.backlog = UInt64(content.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
                reading.drops = UInt64(content.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
            case 8 where content.count >= 8: wide = content.loadUnaligned(as: UInt64.self)
            default: break
            }
        }
        if let wide { reading.packets = wide }
    }
}
