import FieldModel

/// What the privileged side believes of nobody: every value of a plan, before any of it stands in a command.
package struct PlanCheck: Sendable {
    package static let pathLimit = 8
    package static let cameraLimit = 64
    private static let tables = NetworkPlan.firstTable..<NetworkPlan.firstTable + 100
    private static let pathRates: ClosedRange<Int64> = 64_000...10_000_000_000
    private static let quotas: ClosedRange<Int64> = 0...1_000_000_000_000_000
    private static let cameraRates: ClosedRange<Int64> = 8_000...10_000_000_000

    /// Interfaces that may be touched: names, or beginnings that end in `*`.
    package var devices: [String]
    /// USB devices that may be authorised anew.
    package var usb: [String]

    package init(devices: [String], usb: [String] = []) {
        self.devices = devices
        self.usb = usb
    }

    /// Throws the first thing that is wrong, with its place in the plan.
    package func check(_ plan: NetworkPlan) throws(RequestFault) {
        try Self.limit(plan.paths.count, Self.pathLimit, "paths")
        try Self.limit(plan.cameras.count, Self.cameraLimit, "cameras")
        try Self.unique(plan.paths.map(\.id), "paths: id")
        try Self.unique(plan.paths.map(\.device), "paths: device")
        try Self.unique(plan.paths.map { String($0.table) }, "paths: table")
        try Self.unique(plan.cameras.map(\.id), "cameras: id")
        try Self.unique(plan.cameras.map(\.address), "cameras: address")
        if let quota = plan.quota, !Self.quotas.contains(quota) {
            throw RequestFault(
                "quota \(quota) is not from \(Self.quotas.lowerBound) to \(Self.quotas.upperBound) bytes")
        }
        for (place, path) in plan.paths.enumerated() { try check(path, "paths[\(place)]") }
        for (place, camera) in plan.cameras.enumerated() { try check(camera, "cameras[\(place)]") }
        try checkForwarding(plan)
    }

    package func checkRate(_ rate: BitRate, _ place: String) throws(RequestFault) {
        try Self.rate(rate, Self.pathRates, place)
    }

    package func checkUSB(_ device: String) throws(RequestFault) {
        guard Self.isUSBDevice(device) else {
            throw RequestFault("usb '\(Self.shown(device))' is no USB device's name; such as 1-1.4")
        }
        guard usb.contains(device) else {
            throw RequestFault("usb \(device) is not allowed: start fieldgate-netd with --usb \(device)")
        }
    }

    package func allows(device: String) -> Bool {
        devices.contains { pattern in
            pattern.hasSuffix("*") ? device.hasPrefix(String(pattern.dropLast())) : device == pattern
        }
    }

    private func check(_ path: NetworkPlan.Path, _ place: String) throws(RequestFault) {
        try Self.identifier(path.id, "\(place).id")
        try checkDevice(path.device, "\(place).device")
        if let gateway = path.gateway { try Self.host(gateway, "\(place).gateway") }
        if let bulk = path.bulk { try Self.rate(bulk, Self.cameraRates, "\(place).bulk") }
        guard Self.tables.contains(path.table) else {
            throw RequestFault(
                "\(place).table \(path.table) is not from \(Self.tables.lowerBound) to \(Self.tables.upperBound - 1)")
        }
        if let rate = path.rate { try Self.rate(rate, Self.pathRates, "\(place).rate") }
    }

    private func check(_ camera: NetworkPlan.Camera, _ place: String) throws(RequestFault) {
        try Self.identifier(camera.id, "\(place).id")
        try Self.host(camera.address, "\(place).address")
        try Self.rate(camera.limit, Self.cameraRates, "\(place).limit")
    }

    private func checkForwarding(_ plan: NetworkPlan) throws(RequestFault) {
        for (name, path) in [("bulkPath", plan.bulkPath), ("othersPath", plan.othersPath)] {
            guard let path, !plan.paths.contains(where: { $0.id == path }) else { continue }
            throw RequestFault("\(name) '\(Self.shown(path))' is none of the paths")
        }
        guard let device = plan.cameraDevice else {
            guard plan.cameras.isEmpty else {
                throw RequestFault("cameras need cameraDevice, the interface they are on")
            }
            return
        }
        try checkDevice(device, "cameraDevice")
        guard !plan.paths.contains(where: { $0.device == device }) else {
            throw RequestFault("cameraDevice \(device) is a path's device too")
        }
        guard plan.bulkPath != nil else { throw RequestFault("cameraDevice needs bulkPath, the way its traffic goes") }
    }

    private func checkDevice(_ device: String, _ place: String) throws(RequestFault) {
        guard Self.isDevice(device) else {
            throw RequestFault("\(place) '\(Self.shown(device))' is no interface name: 1 to 15 of A-Z a-z 0-9 . _ -")
        }
        guard allows(device: device) else {
            throw RequestFault("\(place) \(device) is not allowed: start fieldgate-netd with --device \(device)")
        }
    }
}

extension PlanCheck {
    /// 1 to 15 letters, digits and `._-`, no beginning that a tool or a path would read otherwise.
    package static func isDevice(_ name: String) -> Bool {
        (1...15).contains(name.utf8.count) && name.utf8.allSatisfy(isWord) && !"-.".contains(name.first!)
            // Not an interface under /proc/sys/net/ipv4/conf.
            && !["all", "default", "lo"].contains(name)
    }

    /// Such as 1-1.4: bus, then ports.
    package static func isUSBDevice(_ name: String) -> Bool {
        let halves = name.split(separator: "-", omittingEmptySubsequences: false)
        guard name.utf8.count <= 31, halves.count == 2 else { return false }
        let ports = halves[1].split(separator: ".", omittingEmptySubsequences: false)
        return ([halves[0]] + ports).allSatisfy { part in
            (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
    }

    /// What a stranger sent, short and printable.
    package static func shown(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(40).map {
                $0.isASCII && $0.value >= 0x20 && $0.value < 0x7F ? Character($0) : "?"
            })
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func identifier(_ text: String, _ place: String) throws(RequestFault) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(isWord) else {
            throw RequestFault("\(place) '\(shown(text))' is no identifier: 1 to 64 of A-Z a-z 0-9 . _ -")
        }
    }

    private static func host(_ text: String, _ place: String) throws(RequestFault) {
        guard let address = IPv4Address(text), address.isHost else {
            throw RequestFault("\(place) '\(shown(text))' is no IPv4 address of a host")
        }
    }

    private static func rate(_ rate: BitRate, _ range: ClosedRange<Int64>, _ place: String) throws(RequestFault) {
        guard range.contains(rate.bitsPerSecond) else {
            throw RequestFault(
                "\(place) \(rate.bitsPerSecond) is not from \(range.lowerBound) to \(range.upperBound) bit/s")
        }
    }

    private static func limit(_ count: Int, _ limit: Int, _ what: String) throws(RequestFault) {
        guard count <= limit else { throw RequestFault("\(count) \(what); at most \(limit)") }
    }

    private static func unique(_ values: [String], _ what: String) throws(RequestFault) {
        guard Set(values).count == values.count else { throw RequestFault("\(what) stands there twice") }
    }
}

/// Why a request is not carried out, for a person.
package struct RequestFault: Error, Hashable, Sendable {
    package var text: String

    package init(_ text: String) { self.text = text }
}
