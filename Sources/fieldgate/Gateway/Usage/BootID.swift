import Platform

/// The kernel's name of this boot.
enum BootID {
    static let path = "/proc/sys/kernel/random/boot_id"

    /// `unknown` where there is no such file.
    static func read() -> String {
        let text = FileText.read(path)?.prefix { !$0.isWhitespace } ?? ""
        return text.isEmpty ? "unknown" : String(text)
    }
}
