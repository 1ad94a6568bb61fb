import CSystem

/// A network interface of this network namespace, as it is now.
package struct NetworkInterface: Sendable {
    package var name: String
    package var isUp: Bool
    /// IPv4 and IPv6, without link-local ones.
    package var addresses: [String]

    /// Nil when there is none of this name.
    package static func find(_ name: String) -> NetworkInterface? {
        guard if_nametoindex(name) != 0 else { return nil }
        var found = NetworkInterface(name: name, isUp: false, addresses: [])
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return found }
        defer { freeifaddrs(list) }
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard String(cString: entry.ifa_name) == name else { continue }
            found.isUp = entry.ifa_flags & UInt32(IFF_UP) != 0
            if let text = text(entry.ifa_addr), !text.hasPrefix("fe80:") { found.addresses.append(text) }
        }
        return found
    }

    private static func text(_ address: UnsafeMutablePointer<sockaddr>?) -> String? {
        guard let address else { return nil }
        let family = Int32(address.pointee.sa_family)
        guard family == AF_INET || family == AF_INET6 else { return nil }
        let size = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        var buffer = [CChar](repeating: 0, count: 64)
        let status = getnameinfo(
            address, socklen_t(size), &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
        return status == 0
            ? String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}
