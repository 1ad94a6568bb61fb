import CSystem
import FieldModel
import Platform

/// The box itself: its clock and its disk.
struct BoxExamination {
    let site: SiteSettings
    let time: any TimeSource

    func run() -> [Diagnosis] { [clock, disk] }

    private var clock: Diagnosis {
        let now = time.utc()
        switch time.clockQuality() {
        case .synced: return .good("clock", "synchronised, \(now.iso8601)")
        case .holdover: return .warning("clock", "was synchronised and is not now, \(now.iso8601)", remedy)
        case .unsynced where now.microseconds < Self.year2024:
            return .bad("clock", "stands at \(now.iso8601)", "set the clock, and \(remedy)")
        case .unsynced:
            return .bad(
                "clock", "nobody keeps it right; it says \(now.iso8601). Commands that expire are refused", remedy)
        }
    }

    private static let year2024: Int64 = 1_704_067_200_000_000
    private let remedy =
        "start an NTP client: systemctl enable --now systemd-timesyncd (or chrony); where something the kernel does not "
        + "know of keeps the clock right, say `clock: {source: system}`"

    private var disk: Diagnosis {
        let folder = site.spool.directory
        let space: DiskSpace
        do throws(SystemError) {
            space = try DiskSpace(of: Self.nearest(folder))
        } catch {
            return .bad("disk", "\(folder): \(error)", "make the folder, owned by the user that runs fieldgate")
        }
        if space.isReadOnly {
            return .bad(
                "disk", "\(folder) is on a read-only file system", "mount it for writing, or move spool.directory")
        }
        guard access(Self.nearest(folder), W_OK) == 0 else {
            return .bad(
                "disk", "\(folder) cannot be written by this user", "give it to the user that runs fieldgate: chown")
        }
        let free = "\(space.freeBytes >> 20) MiB free at \(folder)"
        let wanted = UInt64(max(0, site.spool.telemetryBytes))
        if space.freeBytes < 16 << 20 {
            return .bad("disk", free, "make room: an outage of the network would lose rows")
        }
        if space.freeBytes < wanted {
            return .warning(
                "disk", "\(free), and the spool may grow to \(wanted >> 20) MiB",
                "make room, or set spool.telemetry.max_bytes lower")
        }
        return .good("disk", free)
    }

    /// The folder, or the nearest one above that exists.
    private static func nearest(_ folder: String) -> String {
        var path = folder
        while access(path, F_OK) != 0, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            path = String(path[..<slash])
        }
        return path.isEmpty ? "/" : path
    }
}
