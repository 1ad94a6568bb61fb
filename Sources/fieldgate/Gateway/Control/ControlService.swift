import AuditLog
import CSystem
import Control
import ControlPath
import ControlWire
import FieldModel
import Logging
import MQTTLink
import ModbusLink
import Platform

/// The site's remote control: one loop on one thread, and the trail of what it did.
final class ControlService: Sendable {
    private let stopping = Flag()
    private let turns = Counter()
    private let wakeUp: @Sendable () -> Void
    private let thread: OwnerThread
    private let trail: AuditTrail

    init(
        _ settings: ControlSettings, site: SiteSettings, field: Field, spool: any Spool, paths: PathSelection,
        activity: ControlActivity, time: any TimeSource, logger: Logger
    ) throws(StartFault) {
        let papers = try ControlPapers(settings, site: site)
        do throws(SystemError) {
            trail = try AuditTrail(
                directory: site.spool.directory + "/control", spool: spool, key: papers.key, time: time,
                notice: { logger.error("\($0)") })
            let loop = try EventLoop(time: time)
            wakeUp = loop.wakeUp
            paths.onChange(loop.wakeUp)
            let handoff = Handoff(loop)
            let (stopping, turns, trail) = (self.stopping, self.turns, self.trail)
            thread = try OwnerThread(name: "control", priority: settings.isRealTime ? .fifo(49) : .normal) {
                let loop = handoff.take()
                Self.tellPriority(settings, logger)
                let desk = Self.desk(
                    settings, papers, site, field, trail, paths, activity, time, logger, loop)
                loop.run { now in
                    turns.add()
                    return desk.turn(at: now, stopping: stopping.load())
                }
            }
        } catch {
            throw .system("remote control cannot start: \(error)")
        }
    }

    private static func tellPriority(_ settings: ControlSettings, _ logger: Logger) {
        guard settings.isRealTime, fg_thread_is_fifo() == 0 else { return }
        logger.warning(
            "no real-time priority for remote control: other work may delay it; give the service LimitRTPRIO=50 or CAP_SYS_NICE"
        )
    }

    private static func desk(
        _ settings: ControlSettings, _ papers: ControlPapers, _ site: SiteSettings, _ field: Field,
        _ trail: AuditTrail, _ paths: PathSelection, _ activity: ControlActivity, _ time: any TimeSource,
        _ logger: Logger, _ loop: EventLoop
    ) -> ControlDesk {
        let topics = Topics(gateway: site.gateway)
        let inbox = ControlInbox(wakeUp: loop.wakeUp)
        let devices = site.link?.paths.map { Optional($0.device) } ?? [nil]
        var hub: DirectHub?
        if settings.isDirect {
            do throws(SystemError) {
                hub = try DirectHub(devices: devices, loop: loop)
            } catch {
                logger.error("no direct path for remote control, MQTT only: \(error)")
            }
        }
        let around = ControlStation.Surroundings(
            log: trail, inbox: inbox, direct: hub, logger: logger, active: activity)
        let stations = settings.devices.compactMap { control -> ControlStation? in
            guard let device = site.devices.first(where: { $0.id == control.device }),
                let bus = site.buses.first(where: { $0.id == device.bus }), let thread = field.threads[bus.id]
            else { return nil }
            let claims = ClaimDesk(
                gateway: site.gateway, machine: device.id, roster: papers.roster, key: papers.key,
                nameplate: papers.nameplates[device.id] ?? [])
            return ControlStation(
                control, unit: device.unit, profile: papers.profiles[device.id] ?? 0, claims: claims,
                roster: papers.roster, topics: ControlTopics(topics, device: device.id),
                bus: Self.bus(control, bus, thread, time, loop), around: around, at: time.now())
        }
        var broker = site.broker
        broker.clientID = settings.clientID
        broker.keepAlive = .seconds(5)
        broker.sessionExpiry = .zero
        return ControlDesk(
            broker, stations: stations, topics: topics, inbox: inbox, paths: paths, time: time, logger: logger,
            loop: loop)
    }

    private static func bus(
        _ control: DeviceControl, _ bus: BusSettings, _ thread: BusThread, _ time: any TimeSource, _ loop: EventLoop
    ) -> any ControlBus {
        guard control.ownConnection, case .tcp(let host, let port) = bus.address else {
            return SharedBus(thread, time: time, wakeUp: loop.wakeUp)
        }
        return OwnBus(
            host: host, port: port, timeout: control.timeout,
            quiet: control.map.permit == nil ? control.map.watchdog.longest : .zero, time: time, loop: loop)
    }

    var progress: Int64 { turns.load() }
    var trailProgress: Int64 { trail.progress }

    /// Brings the machines to their safe state, then ends; the trail is closed last.
    func stop() {
        stopping.store(true)
        wakeUp()
        thread.join()
        trail.close()
    }
}
