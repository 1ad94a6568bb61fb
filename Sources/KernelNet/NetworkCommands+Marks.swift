import FieldModel

/// The nftables side: each packet's class, and the mark that tells of path and class on each connection (`UsageMark`).
extension NetworkCommands {
    /// One class of a path: how its packets are known, and its minor number.
    private struct Sort {
        var name: String
        var comment: String
        /// Nil for the last: everything else.
        var match: String?
        var minor: UInt16
        var isProbe = false
    }

    private static let outside: UInt32 = 1 << 16

    private var sorts: [Sort] {
        let known = [
            Sort(
                name: "control", comment: "SO_PRIORITY 6: remote control and probes",
                match: "meta priority 0:\(TrafficClass.control.socketPriority)", minor: UsageMark.control),
            Sort(
                name: "probe", comment: "SO_PRIORITY 5: probes that are a connection each",
                match: "meta l4proto tcp meta priority 0:\(TrafficClass.probePriority)", minor: UsageMark.control,
                isProbe: true),
            Sort(
                name: "telemetry", comment: "SO_PRIORITY 2: telemetry",
                match: "meta priority 0:\(TrafficClass.telemetry.socketPriority)", minor: UsageMark.telemetry),
        ]
        let cameras = plan.cameras.enumerated().compactMap { place, camera in
            plan.cameraDevice.map { device in
                Sort(
                    name: "camera\(place)", comment: "camera \(camera.id)",
                    match: "iifname \"\(device)\" ip saddr \(camera.address)",
                    minor: UsageMark.firstCamera + UInt16(place))
            }
        }
        return known + cameras
            + [Sort(name: "bulk", comment: "everything else is bulk", match: nil, minor: UsageMark.bulk)]
    }

    /// Of what all paths carry together.
    package static let quotaName = "line"

    /// Counters and the quota: they have names, so that they can be read.
    var objects: String {
        plan.paths.indices.map { place in
            let names = sorts.map(\.name) + (plan.quota == nil ? [] : ["dropped"])
            return names.map { "  counter path\(place)_\($0) { }\n" }.joined()
        }.joined() + (plan.quota.map { "  quota \(Self.quotaName) { over \($0) bytes\(usedWords) }\n" } ?? "")
    }

    private var usedWords: String { used.map { " used \($0) bytes" } ?? "" }

    /// Connections that begin outside are marked as such by their first packet, and the rules make the namespace track.
    var arriving: String? {
        guard !plan.paths.isEmpty else { return nil }
        var lines = [
            "# connections that somebody outside begins: path, bit 16, and bulk until an answer has another class",
            "type filter hook prerouting priority -150; policy accept;",
        ]
        for (place, path) in plan.paths.enumerated() {
            let mark = UsageMark(path: place, trafficClass: UsageMark.bulk, cameFromOutside: true)
            lines.append("iifname \"\(path.device)\" ct state new ct mark 0 ct mark set \(Self.hex(mark.bits))")
            if plan.quota != nil { lines.append("iifname \"\(path.device)\" quota name \"\(Self.quotaName)\"") }
        }
        return chain("arriving", lines)
    }

    var classification: String? {
        guard !plan.paths.isEmpty else { return nil }
        var lines = [
            "# before masquerading (100), while a camera still has its own address",
            "type filter hook postrouting priority 90; policy accept;",
        ]
        for (place, path) in plan.paths.enumerated() {
            lines.append("# path \(path.id)")
            if plan.quota != nil {
                lines.append("oifname \"\(path.device)\" quota name \"\(Self.quotaName)\" goto path\(place)_over")
            }
            lines.append("oifname \"\(path.device)\" goto path\(place)")
        }
        return chain("classify", lines)
    }

    /// A chain for each path: the mark in a rule of its own, because a packet that belongs to no connection ends it there.
    var sorting: [String] {
        plan.paths.enumerated().flatMap { place, path in
            var lines: [String] = []
            for sort in sorts {
                if sort.match == nil { lines += remembering(place, path) }
                let mark = mark(sort, place)
                let match = sort.match.map { $0 + " " } ?? ""
                lines.append("# \(sort.comment)")
                lines.append("\(match)ct mark set ct mark and \(Self.hex(Self.outside)) or \(Self.hex(mark.bits))")
                lines.append("\(match)\(delivery(sort, place, path))\(sort.match == nil ? "" : " accept")")
            }
            return [exhausted(place)].compactMap(\.self) + [chain("path\(place)", lines)]
        }
    }

    /// The last packets of a connection (the acknowledgement of its end, a reset) are the kernel's and have no priority:
    /// they go where the connection went, and leave its mark.
    private func remembering(_ place: Int, _ path: NetworkPlan.Path) -> [String] {
        ["# the kernel's own packets of a connection that has a class"]
            + sorts.filter { [UsageMark.control, UsageMark.telemetry].contains($0.minor) }.map { sort in
                let mark = mark(sort, place)
                return
                    "ct mark and \(Self.hex(~Self.outside)) \(Self.hex(mark.bits)) \(delivery(sort, place, path)) accept"
            }
    }

    private func mark(_ sort: Sort, _ place: Int) -> UsageMark {
        UsageMark(path: place, trafficClass: sort.minor, cameFromOutside: false, isProbe: sort.isProbe)
    }

    /// HTB puts a packet into the class its priority names, so no tc filter is needed.
    private func delivery(_ sort: Sort, _ place: Int, _ path: NetworkPlan.Path) -> String {
        // Without a shaper the interface's own queue goes by the priority, and probes go with control.
        let plain = sort.isProbe ? " meta priority set 0:\(TrafficClass.control.socketPriority)" : ""
        let priority = path.rate == nil ? plain : " meta priority set 1:\(String(sort.minor, radix: 16))"
        return "counter name \"path\(place)_\(sort.name)\"\(priority)"
    }

    /// Where the quota is used up: control and telemetry pass, and what this box asks of name and time servers, without
    /// which it would not find its broker again.
    private func exhausted(_ place: Int) -> String? {
        guard plan.quota != nil else { return nil }
        let first = sorts.filter { [UsageMark.control, UsageMark.telemetry].contains($0.minor) }
        let priorities = [TrafficClass.control, .telemetry].map { "0:\($0.socketPriority)" }.joined(separator: ", ")
        let probes = first.filter(\.isProbe).compactMap(\.match).map { "\($0) goto path\(place)" }
        let marks = first.map { Self.hex(mark($0, place).bits) }
        let own = plan.cameraDevice.map { "iifname != \"\($0)\" " } ?? ""
        return chain(
            "path\(place)_over",
            [
                "# the quota is used up: control and telemetry pass, and this box's own questions for names and time",
                "meta priority { \(priorities) } goto path\(place)",
            ] + probes + [
                "ct mark and \(Self.hex(~Self.outside)) { \(marks.joined(separator: ", ")) } goto path\(place)",
                "\(own)udp dport { 53, 123 } goto path\(place)",
                "counter name \"path\(place)_dropped\" drop",
            ])
    }

    static func hex(_ bits: UInt32) -> String {
        let digits = String(bits, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
