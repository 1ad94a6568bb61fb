import FieldModel

/// What classes are called where the plan rates them: a map of the site, with a version.
package struct RatingGroups: Hashable, Sendable {
    /// Of the site; a change of it cuts the open parts.
    package var version: Int
    package var names: [UInt16: String]
    /// Of every camera that has no name of its own.
    package var cameras: String
    package var others: String

    package static let usual = RatingGroups(
        version: 1,
        names: [UsageMark.control: "control", UsageMark.telemetry: "telemetry", UsageMark.bulk: "bulk"])

    package init(version: Int, names: [UInt16: String], cameras: String = "video", others: String = "other") {
        self.version = version
        self.names = names
        self.cameras = cameras
        self.others = others
    }

    package func name(of trafficClass: UInt16) -> String {
        names[trafficClass] ?? (trafficClass >= UsageMark.firstCamera ? cameras : others)
    }
}

/// Where no record may lie on both sides: the billing period ends, or another tariff begins.
package struct UsageBoundary: Hashable, Sendable {
    package var at: Timestamp
    /// `period` or `tariff`.
    package var cause: UsageCause

    package init(at: Timestamp, cause: UsageCause) {
        self.at = at
        self.cause = cause
    }
}

/// How one gateway meters.
package struct MeterSettings: Sendable {
    /// A path of the plan, in its order: marks name it by its place.
    package struct Path: Hashable, Sendable {
        package var id: String
        /// No counter of it grows faster; nil believes everything.
        package var limit: BitRate?

        package init(id: String, limit: BitRate? = nil) {
            self.id = id
            self.limit = limit
        }
    }

    /// /proc/sys/kernel/random/boot_id.
    package var boot: String
    package var paths: [Path]
    package var groups = RatingGroups.usual
    /// Parts are cut at full multiples of it on the wall clock.
    package var interval = Duration.seconds(900)
    package var volume: UInt64 = 10_000_000
    /// A part without traffic for so long is closed where its traffic ended.
    package var idleAfter = Duration.seconds(300)
    /// How often everything is looked at, and kept.
    package var look = Duration.seconds(5)
    /// The least pause between looks, where traffic is fast.
    package var shortestLook = Duration.seconds(1)
    /// How often what balances a path is written down even if nothing is missing.
    package var balanceEvery = Duration.seconds(3600)
    /// Without the kernel's rights connections are those of the process's own sockets, by TCP_INFO.
    package var isFromSockets = false
    /// Names a tuple in records: 32 hexadecimal digits that nobody can guess back.
    package var fingerprint: @Sendable (Flow.Tuple) -> String

    package init(boot: String, paths: [Path], fingerprint: @escaping @Sendable (Flow.Tuple) -> String) {
        self.boot = boot
        self.paths = paths
        self.fingerprint = fingerprint
    }

    func limit(of path: String) -> LinkLimit { LinkLimit(paths.first { $0.id == path }?.limit) }
}
