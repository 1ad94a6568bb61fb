import FieldModel

/// Reads `metering`: the line, its plan's quota, and how records are cut.
struct MeteringReader {
    private let section: Section
    private let cameras: [String]
    private let hasPaths: Bool

    init(_ section: Section, link: LinkSettings?) {
        self.section = section
        cameras = link?.cameras.map(\.id) ?? []
        hasPaths = link?.paths.isEmpty == false
    }

    func read() -> MeteringSettings? {
        defer { section.finish() }
        let subscription = section.require(
            "subscription", section.identifier("subscription"),
            remedy: "name the line as the desk does, e.g. `subscription: line-0001`")
        if !hasPaths {
            section.reject(
                nil, "there is no path to meter", remedy: "list the ways to the network under `link.paths:`")
        }
        let plan = section.section("plan").map(readPlan) ?? MeteringSettings.Plan()
        let groups = section.section("rating_groups").map(readGroups) ?? MeteringSettings.Groups()
        let interval = section.duration("interval", in: .seconds(60)...(.seconds(3600))) ?? .seconds(900)
        if 3600 % interval.components.seconds != 0 || interval.components.attoseconds != 0 {
            section.reject(
                "interval", "an hour is no multiple of \(interval.text), so records would not end where samples do",
                remedy: "write 1m, 5m, 10m, 15m, 30m or 1h")
        }
        let volume = section.size("volume", in: 100_000...1_000_000_000) ?? 10_000_000
        let idle = section.duration("idle_after", in: .seconds(30)...(.seconds(3600))) ?? .seconds(300)
        let rate = section.rate("line_rate") ?? .megabits(10_000)
        return subscription.map {
            MeteringSettings(
                subscription: $0, plan: plan, groups: groups, interval: interval, volume: UInt64(volume),
                idleAfter: idle, lineRate: rate)
        }
    }

    private func readPlan(_ plan: Section) -> MeteringSettings.Plan {
        defer { plan.finish() }
        var read = MeteringSettings.Plan()
        read.quota = plan.size("quota", in: 1_000_000...1_000_000_000_000_000).map(UInt64.init)
        if let anchor = readAnchor(plan) { read.anchorDay = anchor.day }
        read.zone =
            plan.read("tz", "a time zone such as Asia/Shanghai, or an offset such as \"+08:00\"") { text, _ in
                Self.isZone(text) ? text : nil
            } ?? read.zone
        read.slowAt = share(plan, "slow_at") ?? read.slowAt
        read.stopAt = share(plan, "stop_at") ?? read.stopAt
        if read.slowAt > read.stopAt {
            plan.reject(
                "slow_at", "slow_at lies above stop_at, \(Int((read.stopAt * 100).rounded()))%",
                remedy: "slow down before all is used: 80% and 100% are usual")
        }
        if !plan.has("quota") {
            for key in ["slow_at", "stop_at", "slow_backfill", "slow_bulk"] where plan.has(key) {
                plan.reject(key, "there is no quota to reach", remedy: "write e.g. `quota: 120GB`, or take this out")
            }
        }
        read.slowBackfill = plan.rate("slow_backfill") ?? read.slowBackfill
        read.slowBulk = plan.rate("slow_bulk") ?? read.slowBulk
        return read
    }

    /// Nil is the month's last day.
    private struct Anchor {
        var day: Int?
    }

    private func readAnchor(_ plan: Section) -> Anchor? {
        plan.read("anchor_day", "a day that every month has: 1 to 28, or last") { text, _ in
            if text == "last" { return Anchor(day: nil) }
            return Int(text).flatMap { (1...28).contains($0) ? Anchor(day: $0) : nil }
        }
    }

    private func share(_ plan: Section, _ key: String) -> Double? {
        plan.read(key, "a share from 1% to 100%") { text, _ in
            guard text.hasSuffix("%"), let percent = Int(text.dropLast()), (1...100).contains(percent) else {
                return nil
            }
            return Double(percent) / 100
        }
    }

    /// `+08:00`, or words of letters with slashes between them. Whether the machine knows it shows at start.
    static func isZone(_ text: String) -> Bool {
        if let sign = text.first, sign == "+" || sign == "-" {
            let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hours = Int(parts[0]),
                let minutes = Int(parts[1])
            else { return false }
            return (0...14).contains(hours) && minutes % 15 == 0 && (0..<60).contains(minutes)
        }
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= 64
            && words.allSatisfy { word in
                Section.isIdentifier(String(word).replacing("+", with: "-")) && word != "." && word != ".."
            }
    }

    private func readGroups(_ groups: Section) -> MeteringSettings.Groups {
        defer { groups.finish() }
        var read = MeteringSettings.Groups()
        read.version = groups.integer("version", in: 1...1_000_000) ?? read.version
        read.control = groups.identifier("control") ?? read.control
        read.telemetry = groups.identifier("telemetry") ?? read.telemetry
        read.bulk = groups.identifier("bulk") ?? read.bulk
        read.cameras = groups.identifier("cameras") ?? read.cameras
        read.others = groups.identifier("others") ?? read.others
        guard let own = groups.section("camera") else { return read }
        defer { own.finish() }
        for camera in cameras { read.camera[camera] = own.identifier(camera) }
        return read
    }
}
