import Configuration
import FieldModel
import Platform

/// The wheel loader's shipped profile, read by the product's own reader.
package enum LoaderProfile {
    private static let site = """
        schema: fg.site/1
        gateway: {id: gw}
        broker: {host: localhost}
        spool: {directory: spool}
        buses: [{id: lan, tcp: {host: 10.0.0.2}}]
        devices: [{id: loader-1, bus: lan, profile: Firmware-Config/profiles/wheel-loader.yaml}]
        """

    /// Read once; nil when it can't be.
    package static let control = read()

    private static func read() -> ControlMap? {
        let loader = SiteLoader { path in
            guard let text = path == "site.yaml" ? site : FileText.read(root + path) else {
                return .failure(SiteLoader.FileProblem(reason: "No such file or directory"))
            }
            return .success(Array(text.utf8))
        }
        return loader.load("site.yaml", overrides: []).site?.devices.first?.map.control
    }

    /// The repository, found from this file's own place.
    private static var root: String {
        "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/"
    }
}
