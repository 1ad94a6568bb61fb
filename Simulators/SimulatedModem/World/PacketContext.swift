/// A PDP context, or the PDU session it stands for (TS 27.007, 10.1.1).
package struct PacketContext: Equatable, Sendable {
    package var type = "IPV4V6"
    package var accessPoint = ""
    /// S-NSSAI as `sst.sd`; empty for none.
    package var slice = ""
    package var isActive = false
    /// Last byte of the addresses, different at each activation.
    package var host = 0

    package init() {}

    package func ipv4(cid: Int) -> String? { type == "IPV6" ? nil : "10.\(100 + cid).0.\(host)" }

    /// In dotted form, TS 27.007's default; colons when the host asked for them.
    package func ipv6(cid: Int, colons: Bool) -> String? {
        guard type != "IP" else { return nil }
        let tail = String(host, radix: 16)
        return colons
            ? "2001:DB8:\(cid):0:0:0:0:\(tail)" : "32.1.13.184.0.\(cid).0.0.0.0.0.0.0.0.0.\(host)"
    }
}
