/// The software's version, as `--version`, `meta` and the admin socket say it.
enum Version {
    static let current = "0.1.0"
}
