import FieldModel

extension SIMBinding {
    /// What does not belong together, for a person and without giving identities away; nil when all is well.
    package func mismatch(_ found: ModemIdentity) -> String? {
        let pairs = [("IMEI", imei, found.imei), ("ICCID", iccid, found.iccid), ("IMSI", imsi, found.imsi)]
        let wrong = pairs.filter { $0.1 != $0.2 }
        guard !wrong.isEmpty else { return nil }
        return wrong.map { "\($0.0) is \(Self.masked($0.2)), commissioned was \(Self.masked($0.1))" }
            .joined(separator: "; ")
    }

    /// The last four digits only.
    package static func masked(_ identity: String) -> String {
        identity.isEmpty ? "unknown" : "…" + identity.suffix(4)
    }
}
