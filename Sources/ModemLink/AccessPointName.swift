import FieldModel

/// Names that may stand in a command.
enum AccessPointName {
    /// 3GPP TS 23.003, 9.1: labels as in the domain name system.
    static func checked(_ name: String) throws(ModemFault) -> String {
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
        }
        guard isName, name.utf8.count <= 100 else {
            throw .unsupported(
                "'\(name.prefix(100))' is no access point name: it has letters, digits, '-', '_' and '.', 100 at most")
        }
        return name
    }
}
