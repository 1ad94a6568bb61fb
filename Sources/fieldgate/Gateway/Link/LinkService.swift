import ControlPath
import FieldModel
import Link
import Logging
import Platform

/// The site's links at work: a thread that watches and decides, one for each modem, and one for the kernel's network.
final class LinkService: Sendable {
    private let stopping = Flag()
    private let turns = Counter()
    private let wakeUp: @Sendable () -> Void
    private let thread: OwnerThread
    private let modems: [String: ModemThread]
    /// Nil where the site names no privileged helper.
    let network: NetworkDesk?

    init(
        _ settings: LinkSettings, isMultipath: Bool, drivers: LinkDrivers, selection: PathSelection, herald: LinkHerald,
        activity: ControlActivity, time: any TimeSource, logger: Logger
    ) throws(StartFault) {
        do throws(SystemError) {
            let loop = try EventLoop(time: time)
            wakeUp = loop.wakeUp
            let inbox = LinkInbox(wakeUp: loop.wakeUp)
            var modems: [String: ModemThread] = [:]
            for modem in settings.modems {
                modems[modem.id] = try ModemThread(
                    modem, device: settings.paths.first { $0.modem == modem.id }?.device,
                    make: { drivers.modem(modem) }, outside: drivers.outside, time: time,
                    tell: { inbox.put($0, from: modem.id) })
            }
            let threads = modems
            self.modems = threads
            let network = try drivers.network.map { make throws(SystemError) in
                try NetworkDesk(
                    NetworkPlan(settings, isMultipath: isMultipath), make: make, time: time, logger: logger,
                    restored: { herald.restored($0) })
            }
            self.network = network
            let handoff = Handoff(loop)
            let (stopping, turns) = (self.stopping, self.turns)
            thread = try OwnerThread(name: "link") {
                let loop = handoff.take()
                let desk = LinkDesk(
                    settings, modems: threads, inbox: inbox, network: network, selection: selection, herald: herald,
                    activity: activity, time: time, loop: loop)
                loop.run { now in
                    turns.add()
                    return desk.turn(at: now, stopping: stopping.load())
                }
            }
        } catch {
            throw .system("no thread for the link: \(error)")
        }
    }

    var progress: Int64 { turns.load() }

    /// What is applied to the kernel stays: routes must outlive a restart of the gateway.
    func stop() {
        stopping.store(true)
        wakeUp()
        thread.join()
        for modem in modems.values { modem.stop() }
        network?.stop()
        network?.join()
        for modem in modems.values { modem.abandon() }
    }
}

/// What carries out a link's decisions.
struct LinkDrivers: Sendable {
    var modem: @Sendable (ModemSettings) -> any Modem
    /// Nil where the site names no privileged helper.
    var network: (@Sendable () -> any NetworkControl)?
    var outside: OutsideRungs
}

extension NetworkPlan {
    /// What a site's link wants of the kernel.
    init(_ link: LinkSettings, isMultipath: Bool) {
        self.init(
            paths: link.paths.enumerated().map { index, path in
                Path(
                    id: path.id, device: path.device, gateway: path.gateway, table: Self.firstTable + index,
                    rate: path.rate?.start)
            },
            cameras: link.cameras, cameraDevice: link.cameraDevice, bulkPath: link.choice.preference[.bulk]?.first,
            othersPath: link.choice.preference[.telemetry]?.first, masquerade: link.masquerade,
            isMultipath: isMultipath)
    }
}
