import FieldModel

/// One device's HTB tree: control before telemetry before bulk, and each camera within its limit.
package struct Shaper: Hashable, Sendable {
    /// One HTB class; a leaf has a queue.
    package struct Class: Hashable, Sendable {
        package var minor: Int
        package var parent: Int
        /// kbit/s.
        package var rate: Int64
        package var ceil: Int64
        package var priority: Int
        /// Packets its pfifo holds; nil for a class with children.
        package var queue: Int?
        package var purpose: String

        package var name: String { "1:\(String(minor, radix: 16))" }
    }

    package static let control = 0x10
    package static let telemetry = 0x20
    package static let bulk = 0x30
    private static let inner = 3
    private static let firstCamera = 0x100

    package var device: String
    package var rate: BitRate
    package var cameras: [NetworkPlan.Camera]
    /// What bulk and the cameras may take together; nil is all that is left over.
    package var bulk: BitRate?

    package init(device: String, rate: BitRate, cameras: [NetworkPlan.Camera], bulk: BitRate? = nil) {
        self.bulk = bulk
        self.device = device
        self.rate = rate
        self.cameras = cameras
    }

    /// Whole kbit/s, so that `tc` shows what it was told.
    package static func kilobits(_ rate: BitRate) -> Int64 { max(8, rate.bitsPerSecond / 1000) }

    package static func cameraMinor(_ place: Int) -> Int { firstCamera + place }

    /// Parents before their children.
    ///
    /// A class below its rate sends whatever its parent says, so the rates add up to the root's and not more. What is
    /// left over goes to the lowest priority number first: control may so have all but bulk's tenth and telemetry's three.
    package var classes: [Class] {
        let whole = Self.kilobits(rate)
        let most = bulk.map { min(Self.kilobits($0), whole) } ?? whole
        let share = min(max(8, whole / 10), most)
        let part = max(1, share / Int64(cameras.count + 1))
        let fixed = [
            Class(minor: 1, parent: 0, rate: whole, ceil: whole, priority: 0, queue: nil, purpose: "all"),
            // A command that has waited for 50 others is too old to be obeyed.
            Class(
                minor: Self.control, parent: 1, rate: max(8, whole * 6 / 10), ceil: whole, priority: 0, queue: 50,
                purpose: "control"),
            // One TCP connection's window over the round trip of a slow path.
            Class(
                minor: Self.telemetry, parent: 1, rate: max(8, whole * 3 / 10), ceil: whole, priority: 1, queue: 200,
                purpose: "telemetry"),
            Class(
                minor: Self.inner, parent: 1, rate: share, ceil: most, priority: 2, queue: nil, purpose: "bulk, all"),
            // 150 kB: 60 ms at 20 Mbit/s, enough for a full TCP flow, and it delays nobody else.
            Class(
                minor: Self.bulk, parent: Self.inner, rate: part, ceil: most, priority: 2, queue: 100, purpose: "bulk"),
        ]
        return fixed
            + cameras.enumerated().map { place, camera in
                let limit = min(Self.kilobits(camera.limit), most)
                return Class(
                    minor: Self.cameraMinor(place), parent: Self.inner, rate: min(part, limit), ceil: limit,
                    priority: 2, queue: 100, purpose: "camera \(camera.id)")
            }
    }

    /// `tc -batch` lines that make the tree on a device without one of ours.
    package var building: [String] {
        var lines = ["qdisc replace dev \(device) root handle 1: htb default 30 r2q \(NetworkCommands.signature)"]
        for entry in classes {
            lines.append("# \(entry.purpose)")
            lines.append("class add \(text(entry))")
            guard let queue = entry.queue else { continue }
            let minor = String(entry.minor, radix: 16)
            lines.append("qdisc add dev \(device) parent \(entry.name) handle \(minor): pfifo limit \(queue)")
        }
        return lines
    }

    /// Lines that give a tree of the same shape its rates.
    package var changing: [String] { classes.map { "class change \(text($0))" } }

    package var removing: String { "qdisc del dev \(device) root" }

    private func text(_ entry: Class) -> String {
        let parent = entry.parent == 0 ? "1:" : "1:\(String(entry.parent, radix: 16))"
        // One packet at a time from each class of equal priority: fair, and without the kernel's guess from r2q.
        return "dev \(device) parent \(parent) classid \(entry.name) htb rate \(entry.rate)kbit ceil \(entry.ceil)kbit"
            + " prio \(entry.priority) quantum 1514"
    }
}
