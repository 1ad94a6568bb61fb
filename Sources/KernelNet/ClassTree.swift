import FieldModel

/// The shaper of one path: HTB with a leaf for each class (tc-htb(8)).
///
/// ```
/// 1:1 the path's rate ── 1:10 control    first, as much as it needs
///                     ├─ 1:20 telemetry  then this
///                     └─ 1:3 bulk ── 1:30 whatever else
///                                 └─ 1:31… each camera, up to its limit
/// ```
///
/// A leaf is a plain pfifo: kernels of gateway boxes often have nothing else. HTB takes a packet whose priority is the
/// name of a leaf without any filter; nftables sets it.
struct ClassTree {
    static let control = "1:10"
    static let telemetry = "1:20"
    static let bulk = "1:30"
    private static let firstCamera = 0x31
    /// An Ethernet frame's worth of IP and its header.
    private static let packet = 1514

    let path: NetworkPlan.Path
    let rate: BitRate
    let cameras: [NetworkPlan.Camera]

    static func camera(_ index: Int) -> String { "1:" + String(firstCamera + index, radix: 16) }

    /// The queue and the classes, from nothing.
    var commands: [NetworkCommand] {
        let device = path.device
        var commands = [
            command("qdisc replace dev \(device) root handle 1: htb default 30")
        ]
        commands += classes("replace")
        commands += [leaf(Self.control, 64), leaf(Self.telemetry, 256), leaf(Self.bulk, bulkPackets)]
        commands += cameras.indices.map { leaf(Self.camera($0), bulkPackets) }
        return commands
    }

    /// The classes with another rate.
    var changes: [NetworkCommand] { classes("change") }

    private func classes(_ verb: String) -> [NetworkCommand] {
        let third = share(0.3)
        var classes = [
            line(verb, parent: "1:", "1:1", rate: rate, ceiling: rate, priority: nil),
            // Guaranteed more than it will ever want, so that HTB never makes it wait for a turn.
            line(verb, parent: "1:1", Self.control, rate: share(0.5), ceiling: rate, priority: 0),
            line(verb, parent: "1:1", Self.telemetry, rate: share(0.2), ceiling: rate, priority: 1),
            line(verb, parent: "1:1", "1:3", rate: third, ceiling: rate, priority: 2),
        ]
        let part = BitRate(bitsPerSecond: max(8000, third.bitsPerSecond / Int64(cameras.count + 1)))
        classes.append(line(verb, parent: "1:3", Self.bulk, rate: part, ceiling: rate, priority: 3))
        for (index, camera) in cameras.enumerated() {
            let limit = min(camera.limit, rate)
            classes.append(
                line(verb, parent: "1:3", Self.camera(index), rate: min(part, limit), ceiling: limit, priority: 2))
        }
        return classes
    }

    private func line(
        _ verb: String, parent: String, _ name: String, rate: BitRate, ceiling: BitRate, priority: Int?
    ) -> NetworkCommand {
        // A burst goes on to the modem at once and stands in its queue: no more than a millisecond's worth.
        let burst = max(2 * Self.packet, Int(self.rate.bitsPerSecond / 8 / 1000))
        let turn = priority.map { " prio \($0)" } ?? ""
        return command(
            "class \(verb) dev \(path.device) parent \(parent) classid \(name) htb rate \(rate.bitsPerSecond)bit"
                + " ceil \(ceiling.bitsPerSecond)bit burst \(burst)b cburst \(burst)b quantum \(Self.packet)\(turn)")
    }

    private func leaf(_ name: String, _ packets: Int) -> NetworkCommand {
        command("qdisc replace dev \(path.device) parent \(name) pfifo limit \(packets)")
    }

    /// A tenth of a second's worth: longer queues only make what is late later.
    private var bulkPackets: Int { min(1000, max(20, Int(rate.bitsPerSecond / 10 / 8) / Self.packet)) }

    private func share(_ part: Double) -> BitRate { max(.kilobits(8), rate * part) }

    private func command(_ line: String) -> NetworkCommand {
        NetworkCommand("path \(path.id): classes on \(path.device)", .tc, line)
    }
}
