import SimulatorKit

/// A named set of settings for both directions. All shipped ones are synthetic: no network was measured for them.
package struct LinkProfile: Equatable, Sendable {
    package let name: String
    package let summary: String
    private let lines: [String]

    private init(_ name: String, _ summary: String, _ lines: [String]) {
        (self.name, self.summary, self.lines) = (name, summary, lines)
    }

    package static let all = [
        LinkProfile("clean", "no delay, no loss, no limit: for benchmarks", []),
        LinkProfile(
            "5g-sa-slice", "a slice of a private network",
            ["delay 10ms", "jitter 2ms", "loss 0.01%", "up_rate 50M", "down_rate 200M", "queue 500k"]),
        LinkProfile(
            "5g-public", "a public cell in town",
            [
                "delay 20ms", "jitter 5ms", "loss 0.5%", "burst 5", "up_rate 30M", "down_rate 200M", "queue 1M",
                "handover_every 60s", "handover_gap 50ms-150ms",
            ]),
        LinkProfile(
            "5g-edge", "the edge of a cell",
            [
                "delay 40ms", "jitter 10ms", "shape tail", "loss 2%", "burst 8", "up_rate 5M", "down_rate 20M",
                "queue 500k", "outage_every 10m", "outage_length 3s",
            ]),
        LinkProfile(
            "flapping", "comes and goes every quarter of a minute",
            [
                "delay 25ms", "jitter 8ms", "loss 1%", "burst 4", "up_rate 20M", "down_rate 50M", "queue 500k",
                "outage_every 15s", "outage_length 2s-6s",
            ]),
        LinkProfile("dead", "a session that carries nothing", []),
    ]

    package static func named(_ name: String) throws(ControlFault) -> LinkProfile {
        guard let profile = all.first(where: { $0.name == name }) else {
            throw ControlFault("no profile '\(name)'; accepted: \(all.map(\.name).joined(separator: ", "))")
        }
        return profile
    }

    package func settings(_ direction: Direction) -> LaneSettings {
        var settings = LaneSettings()
        settings.isDead = name == "dead"
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            guard case .set(let setting, let directions)? = try? LinkChange(words[0], words[1]) else {
                preconditionFailure("profile \(name): \(line)")
            }
            if directions.contains(direction) { setting.apply(to: &settings) }
        }
        return settings
    }
}
