import CSystem
import Platform

/// Small files of /proc/sys and /sys.
enum KernelSetting {
    /// `net.ipv4.conf.wwan0.rp_filter` as a path. An interface's name may have points, so it is taken whole.
    static func path(_ key: String) -> String {
        let front = "net.ipv4.conf."
        guard key.hasPrefix(front), let point = key.lastIndex(of: ".") else {
            return String(key.map { $0 == "." ? "/" : $0 })
        }
        return "net/ipv4/conf/" + key[key.index(key.startIndex, offsetBy: front.count)..<point] + "/"
            + key[key.index(after: point)...]
    }

    static func read(_ path: String) -> String? {
        FileText.read(path).map { String($0.prefix { $0 != "\n" }) }
    }

    /// False when the kernel or the file's rights refuse.
    static func write(_ path: String, _ value: String) -> Bool {
        let descriptor = fg_open(path, O_WRONLY, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array((value + "\n").utf8)
        return CSystem.write(descriptor, bytes, bytes.count) == bytes.count
    }

    static func remove(_ path: String) { unlink(path) }
}
