import FieldModel
import Link
import PathProbe
import Platform

/// A modem on the thread that owns it: does what the link's machine wants, one job after the other, and tells what came
/// of it.
final class ModemThread: Sendable {
    /// How often unasked words are looked for between the jobs.
    private static let listening = Duration.milliseconds(200)

    private struct Mailbox {
        var jobs: [LinkJob] = []
        var isStopping = false
    }

    private enum Next {
        case job(LinkJob)
        case listen, stop
    }

    private let mailbox = Monitor(Mailbox())
    private let thread: OwnerThread

    /// `make` and everything it makes live on the thread; `tell` is called there.
    init(
        _ settings: ModemSettings, device: String?, make: @escaping @Sendable () -> any Modem, outside: OutsideRungs,
        time: any TimeSource, tell: @escaping @Sendable (LinkInput) -> Void
    ) throws(SystemError) {
        let mailbox = self.mailbox
        thread = try OwnerThread(name: "modem \(settings.id)") {
            let worker = ModemWorker(settings, device: device, modem: make(), outside: outside, tell: tell)
            while true {
                let deadline = time.now() + Self.listening
                let next: Next = mailbox.wait { box in
                    if box.isStopping { return .done(.stop) }
                    if !box.jobs.isEmpty { return .done(.job(box.jobs.removeFirst())) }
                    let left = time.now().duration(to: deadline)
                    return left <= .zero ? .done(.listen) : .pause(left)
                }
                switch next {
                case .job(let job): worker.run(job)
                case .listen: worker.listen()
                case .stop: return
                }
            }
        }
    }

    func run(_ job: LinkJob) {
        mailbox.signal { box in
            box.jobs.append(job)
            return true
        }
    }

    func stop() {
        mailbox.signal { box in
            box.isStopping = true
            return true
        }
    }

    /// A modem may be in the middle of a command that takes minutes: a gateway that ends does not wait for it.
    func abandon() { thread.detach() }
}

/// The rungs that are no modem's to climb.
struct OutsideRungs: Sendable {
    /// Throws where it could not be done.
    var reauthorise: @Sendable (String) throws(NetworkFault) -> Void
    var run: @Sendable ([String]) throws(ModemFault) -> Void
}

/// What runs on the modem's thread.
private final class ModemWorker {
    private let settings: ModemSettings
    /// The interface of this modem's data.
    private let device: String?
    private var hasCounters = false
    private let modem: any Modem
    private let outside: OutsideRungs
    private let tell: (LinkInput) -> Void

    init(
        _ settings: ModemSettings, device: String?, modem: any Modem, outside: OutsideRungs,
        tell: @escaping (LinkInput) -> Void
    ) {
        self.settings = settings
        self.device = device
        self.modem = modem
        self.outside = outside
        self.tell = tell
    }

    func listen() {
        for notice in modem.takeNotices() { tell(.notice(notice)) }
    }

    func run(_ job: LinkJob) {
        do throws(ModemFault) {
            try perform(job)
            tell(.finished(job, nil))
        } catch {
            tell(.finished(job, error))
        }
    }

    private func perform(_ job: LinkJob) throws(ModemFault) {
        switch job {
        case .identify: tell(.identified(try modem.identify()))
        case .observe:
            if !hasCounters { try calibrate() }
            let report = try modem.observe()
            hasCounters = report.counters != nil
            tell(.observed(report))
        case .enterPIN: if let pin = settings.pin { try modem.enter(pin: pin) }
        case .activate: try modem.activate(settings.session)
        case .deactivate: try modem.deactivate()
        case .climb(let rung): try climb(rung)
        }
    }

    /// Which of a modem's two counters is which differs by chipset: the host's own tell.
    private func calibrate() throws(ModemFault) {
        guard let device, let counters = InterfaceCounters.read()[device] else { return }
        try modem.calibrate(hostUp: counters.sentBytes, hostDown: counters.receivedBytes)
    }

    private func climb(_ rung: RecoveryRung) throws(ModemFault) {
        switch rung {
        case .session, .reregister, .radio, .reset, .slot: try modem.perform(rung, settings.session)
        case .usb:
            guard let device = settings.usbDevice else { throw .unsupported("no usb_device is given") }
            do throws(NetworkFault) { try outside.reauthorise(device) } catch { throw .unsupported("\(error)") }
        case .power, .host:
            guard let command = settings.commands[rung] else { throw .unsupported("no command for \(rung.name)") }
            try outside.run(command)
        }
    }
}
