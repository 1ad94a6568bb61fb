import FieldModel
import PathProbe
import Platform

/// The ways to the network: each interface, its address, and who answers through it.
struct PathExamination {
    let link: LinkSettings
    let time: any TimeSource

    private static let probes = 5
    private static let pause = Duration.milliseconds(200)
    private static let patience = Duration.seconds(1)

    func run() -> [Diagnosis] { link.paths.map(examine) }

    private func examine(_ path: PathSettings) -> Diagnosis {
        let part = "path \(path.id)"
        guard let interface = NetworkInterface.find(path.device) else {
            return .bad(
                part, "there is no interface \(path.device)",
                path.modem == nil
                    ? "plug the adapter in, or correct link.paths"
                    : "is the modem there, and its data session up? See above")
        }
        guard interface.isUp else {
            return .bad(part, "\(path.device) is down", "ip link set \(path.device) up, or look who should do so")
        }
        guard !interface.addresses.isEmpty else {
            return .bad(
                part, "\(path.device) has no address", "look at its DHCP client, or at the modem's data session")
        }
        do throws(SystemError) {
            return try probe(path, part, interface)
        } catch {
            return .bad(part, "cannot be probed: \(error)", "run the doctor again")
        }
    }

    private func probe(_ path: PathSettings, _ part: String, _ interface: NetworkInterface) throws(SystemError)
        -> Diagnosis
    {
        let loop = try EventLoop(time: time)
        let timer = TimerSource()
        loop.add(timer)
        let tally = Tally()
        let probers = path.targets.map { target in
            Probers.make(target, device: path.device, on: loop) { tally.answered($0, at: $1) }
        }
        defer { for prober in probers { prober.close() } }
        var sent = 0
        var next = time.now()
        let end = next + Self.pause * (Self.probes * probers.count) + Self.patience
        loop.run { now in
            if sent < Self.probes * probers.count, now >= next {
                tally.sent(UInt16(sent), at: now)
                do throws(ProbeFault) { try probers[sent % probers.count].send(UInt16(sent)) } catch {
                    tally.fault = error
                }
                sent += 1
                next = now + Self.pause
            }
            timer.deadline = min(next, end)
            return now < end && tally.answers < Self.probes * probers.count
        }
        return verdict(path, part, interface, tally, sent)
    }

    private func verdict(
        _ path: PathSettings, _ part: String, _ interface: NetworkInterface, _ tally: Tally, _ sent: Int
    ) -> Diagnosis {
        let targets = path.targets.map(\.address).joined(separator: ", ")
        let place = "\(path.device) (\(interface.addresses.joined(separator: ", ")))"
        guard tally.answers > 0 else {
            if let fault = tally.fault { return .bad(part, fault.description, "mend that, and run the doctor again") }
            return .bad(
                part, "\(place): no answer from \(targets)",
                "is there a route through \(path.device)? `ip route show dev \(path.device)`; may these targets be asked?"
            )
        }
        let finding = "\(place): \(tally.answers) of \(sent) answered, \(tally.median.wholeMilliseconds) ms"
        guard tally.answers * 10 >= sent * 8 else {
            return .warning(part, finding, "the path loses packets, or one of \(targets) does not answer")
        }
        return .good(part, finding)
    }

    /// What came back of the probes.
    private final class Tally {
        private var sentAt: [UInt16: Instant] = [:]
        private var roundTrips: [Duration] = []
        var fault: ProbeFault?

        var answers: Int { roundTrips.count }
        var median: Duration { roundTrips.sorted()[roundTrips.count / 2] }

        func sent(_ sequence: UInt16, at now: Instant) { sentAt[sequence] = now }

        func answered(_ sequence: UInt16, at now: Instant) {
            if let start = sentAt.removeValue(forKey: sequence) { roundTrips.append(start.duration(to: now)) }
        }
    }
}
