import FieldModel
import Link

/// A modem of values: it does the jobs that a link machine wants done, takes time for them, and can be ill.
struct SimulatedLink {
    var machine: LinkMachine
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var report = ModemReport()
    var health = PathHealth.alive
    var received: UInt64 = 1000
    /// The rung that cures the dead data path; nil when it is well.
    var cure: RecoveryRung?
    var fault: ModemFault?
    var activationFault: ModemFault?
    var jobTime = Duration.milliseconds(200)
    var outputs: [LinkOutput] = []
    private var queued: [(at: Instant, job: LinkJob)] = []

    init(_ settings: ModemSettings, history: [RecoveryLadder.Attempt] = []) {
        machine = LinkMachine(settings, history: history)
        report.sim = .ready
        report.identity.imei = "490154203237518"
        report.identity.iccid = "8986001234567890123"
        report.identity.imsi = "460011234567890"
        report.registration = .home
        report.radio = .nrSA
        report.cell = ServingCell()
        report.signal.rsrp = -85
        report.session.isActive = true
        report.counters = ModemCounters(up: 0, down: 0)
    }

    static func settings(
        binding: SIMBinding? = nil, pin: String? = nil, recovery: RecoverySettings = RecoverySettings()
    ) -> ModemSettings {
        ModemSettings(
            id: "a", driver: .at(ports: ["/dev/null"], profile: .generic),
            session: SessionSettings(accessPoint: "test", slice: nil), pin: pin, binding: binding,
            pollEvery: .seconds(10), recovery: recovery, usbDevice: nil, commands: [:])
    }

    /// The rungs climbed so far.
    var rungs: [RecoveryRung] {
        outputs.compactMap { if case .climbing(let rung, _, _) = $0 { rung } else { nil } }
    }

    var jobs: [LinkJob] { outputs.compactMap { if case .run(let job) = $0 { job } else { nil } } }

    var alarms: [String] { outputs.compactMap { if case .alarm(let kind, _) = $0 { kind } else { nil } } }

    mutating func run(_ time: Duration) {
        let end = now + time
        while now < end {
            now = now + .milliseconds(100)
            report.counters?.up += 100
            if report.session.isActive, cure == nil, health == .alive { received += 100 }
            feed(.path(report.session.isActive ? (cure == nil ? health : .dead) : .dead, received: received))
            while let first = queued.first, first.at <= now {
                queued.removeFirst()
                finish(first.job)
            }
        }
    }

    mutating func feed(_ input: LinkInput) {
        for output in machine.handle(input, at: now) {
            outputs.append(output)
            if case .run(let job) = output { queued.append((now + jobTime, job)) }
        }
    }

    private mutating func finish(_ job: LinkJob) {
        if let fault { return feed(.finished(job, fault)) }
        switch job {
        case .identify: feed(.identified(report))
        case .observe: feed(.observed(report))
        case .enterPIN: break
        case .activate:
            if let activationFault { return feed(.finished(job, activationFault)) }
            report.session.isActive = true
        case .deactivate: report.session.isActive = false
        case .climb(let rung): if let cure, rung >= cure { self.cure = nil }
        }
        feed(.finished(job, nil))
    }
}
