import FieldModel

/// What a storm came to.
package struct StormReport: Sendable {
    package var frames = 0
    package var accepted = 0
    /// Frames that another path, or the broker, had brought before.
    package var copies = 0
    package var stops = 0
    package var sessions = 0
    package var drives = 0
    /// Drives with set-points that a frame brought, and drives on a ramp to rest.
    package var moving = 0
    package var ramps = 0
    package var rejects = [Int](repeating: 0, count: Int(FrameReject.allCases.map(\.rawValue).max() ?? 0) + 1)
    package var transitions: [String: Int] = [:]
    package var violations = 0
    /// The first of them, in words.
    package var examples: [String] = []
    /// Of the clock that the storm moves.
    package var lasted = Duration.zero

    package init() {}

    package mutating func violate(_ words: @autoclosure () -> String) {
        violations += 1
        if examples.count < 10 { examples.append(words()) }
    }

    package mutating func add(_ other: StormReport) {
        frames += other.frames
        accepted += other.accepted
        copies += other.copies
        stops += other.stops
        sessions += other.sessions
        drives += other.drives
        moving += other.moving
        ramps += other.ramps
        for index in rejects.indices { rejects[index] += other.rejects[index] }
        transitions.merge(other.transitions, uniquingKeysWith: +)
        violations += other.violations
        examples = Array((examples + other.examples).prefix(10))
        lasted += other.lasted
    }

    /// A line for each figure.
    package var text: String {
        var lines = [
            "frames        \(frames), \(lasted.wholeMilliseconds / 1000) s of machine time",
            "accepted      \(accepted)", "copies        \(copies)", "stops         \(stops)",
            "sessions      \(sessions)", "drives        \(drives): \(moving) of a frame, \(ramps) of a ramp",
        ]
        for reject in FrameReject.allCases where rejects[Int(reject.rawValue)] > 0 {
            lines.append("rejected      \(reject.name) \(rejects[Int(reject.rawValue)])")
        }
        for (name, count) in transitions.sorted(by: { $0.key < $1.key }) {
            lines.append("entered       \(name) \(count)")
        }
        lines.append("violations    \(violations)")
        return (lines + examples.map { "  \($0)" }).joined(separator: "\n")
    }
}
