import FieldModel

/// Values of networks.
extension Section {
    enum Family { case v4, v6 }

    /// `18Mbit/s`, of 1 kbit/s to 100 Gbit/s.
    func rate(_ key: String) -> BitRate? {
        read(key, "a rate such as 500kbit/s, 18Mbit/s, 1Gbit/s") { text, _ in
            Units.rate(text).flatMap { (1000...100_000_000_000).contains($0.bitsPerSecond) ? $0 : nil }
        }
    }

    /// The name of a network interface (IFNAMSIZ of linux/if.h less the closing zero).
    func device(_ key: String) -> String? {
        read(key, "the name of a network interface: 1 to 15 letters, digits, '_', '-' and '.'") { text, _ in
            text.utf8.count <= 15 && text != "." && text != ".." && Self.isIdentifier(text) ? text : nil
        }
    }

    /// As in /sys/bus/usb/devices.
    func usbDevice(_ key: String) -> String? {
        read(key, "a USB device as /sys/bus/usb/devices names it, such as 1-1.4") { text, _ in
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, UInt8(parts[0]) != nil else { return nil }
            return parts[1].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { UInt8($0) != nil }
                ? text : nil
        }
    }

    func address(_ key: String, _ families: Set<Family>) -> String? {
        let names = families.contains(.v6) ? "an IPv4 or IPv6 address" : "an IPv4 address"
        return read(key, "\(names), such as 203.0.113.1") { text, _ in
            (families.contains(.v4) && NetworkAddress.isV4(text))
                || (families.contains(.v6) && NetworkAddress.isV6(text))
                ? text : nil
        }
    }

    func digits(_ key: String, _ length: ClosedRange<Int>) -> String? {
        let count = length.count == 1 ? "\(length.lowerBound)" : "\(length.lowerBound) to \(length.upperBound)"
        return read(key, "\(count) digits") { text, _ in
            length.contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? text : nil
        }
    }

    /// A list of texts, at least one.
    func texts(_ key: String) -> [String]? {
        guard let node = node(key) else { return nil }
        let texts = node.texts
        if texts == nil {
            reject(key, "\(node.kind) cannot be used here", remedy: "write a list: `\(key): [first, second]`")
        }
        return texts
    }

    /// A list of names out of those that are known, none twice.
    func names(_ key: String, of what: String, known: [String]) -> [String]? {
        guard let names = texts(key) else { return nil }
        for (index, name) in names.enumerated() {
            if !known.contains(name) {
                reject(
                    key, "there is no \(what) '\(name)'",
                    remedy: known.isEmpty ? "list it first" : "name one of \(known.joined(separator: ", "))")
            } else if names[..<index].contains(name) {
                reject(key, "'\(name)' is there twice", remedy: "name each \(what) once")
            }
        }
        return names
    }
}

extension YAMLNode {
    /// The items of a list of non-empty scalars; nil for anything else, and for an empty list.
    fileprivate var texts: [String]? {
        guard case .sequence(let items) = content, !items.isEmpty else { return nil }
        var texts: [String] = []
        for item in items {
            guard case .scalar(let text, _) = item.content, !text.isEmpty else { return nil }
            texts.append(text)
        }
        return texts
    }
}
