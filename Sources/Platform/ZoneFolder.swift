import Calendars

/// Where the system keeps its time zones.
package struct ZoneFolder: Sendable {
    package static let system = ZoneFolder(path: "/usr/share/zoneinfo")

    private let path: String

    package init(path: String) {
        self.path = path
    }

    package func rules(_ name: String) throws(ZoneProblem) -> ZoneRules {
        guard Self.isName(name) else {
            throw ZoneProblem(
                reason: "'\(name)' is no name of a time zone", remedy: "write area and place, e.g. Asia/Shanghai")
        }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try FileText.bytes("\(path)/\(name)")
        } catch {
            throw ZoneProblem(
                reason: "the time zone '\(name)' is not among the system's, in \(path)",
                remedy: "check its spelling, e.g. Asia/Shanghai, and that the package tzdata is installed")
        }
        return try ZoneFile.rules(bytes, name: name)
    }

    /// Parts of letters, digits, `_`, `-`, `+`: nothing that could lead out of the folder.
    private static func isName(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return name.utf8.count <= 64
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { byte in
                        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
                            || [0x5F, 0x2D, 0x2B].contains(byte)
                    }
            }
    }
}
