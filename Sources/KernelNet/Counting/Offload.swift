import CSystem

/// What an interface does by itself, and what that does to counters.
package enum Offload {
    private static let readGRO: UInt32 = 0x2B
    private static let writeGRO: UInt32 = 0x2C

    /// Generic receive offload: packets that came in are joined before they are counted. Nil when it cannot be read.
    package static func joins(_ device: String) -> Bool? {
        let value = fg_ethtool_get(device, readGRO)
        return value < 0 ? nil : value != 0
    }

    /// False when the kernel refuses.
    package static func setJoining(_ device: String, _ isOn: Bool) -> Bool {
        fg_ethtool_set(device, writeGRO, isOn ? 1 : 0) == 0
    }

    /// The interface may forward connections past the kernel, and so past every counter.
    package static func forwards(_ device: String) -> Bool { fg_ethtool_feature(device, "hw-tc-offload") == 1 }
}
