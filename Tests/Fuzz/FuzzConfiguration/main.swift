import Configuration
import FuzzDriver

// The first byte says which file the rest is: the site, or the profile of a good site.
enum Good {
    static let site = """
        schema: fg.site/1
        gateway: {id: g}
        broker: {host: 127.0.0.1}
        spool: {directory: /tmp/spool}
        buses:
          - {id: b, tcp: {host: 127.0.0.1}}
        devices:
          - {id: d, bus: b, unit: 1, profile: p.yaml}
        """
    static let profile = """
        schema: fg.profile/1
        id: p
        title: t
        groups: {fast: {period: 1s}}
        points:
          - {id: A, table: holding, address: 0, type: u16, group: fast}
        """
}

Fuzzing.run { bytes in
    guard let kind = bytes.first else { return }
    let rest = Array(bytes.dropFirst())
    let files = kind % 2 == 0 ? (rest, Array(Good.profile.utf8)) : (Array(Good.site.utf8), rest)
    let loader = SiteLoader { path in .success(path.hasSuffix("site.yaml") ? files.0 : files.1) }
    let (settings, problems) = loader.load("site.yaml", overrides: [])
    Fuzzing.require((settings == nil) == !problems.isEmpty, "settings and problems contradict each other")
    for problem in problems {
        Fuzzing.require(!problem.message.isEmpty && !problem.remedy.isEmpty, "a problem without words: \(problem)")
    }
}
