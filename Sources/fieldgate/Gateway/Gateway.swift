import CSystem
import ControlPath
import FieldModel
import Logging
import ModbusLink
import Platform
import ServiceLifecycle
import Store
import Telemetry
import UnixSignals

/// Everything joined: the one place that knows every part.
struct Gateway {
    private let site: SiteSettings
    private let time: SystemTime
    private let logger: Logger
    private let spool: SpoolStore
    private let journal: JournalStore
    /// The ledger of usage records: sealed, stored, and sent by the uplink.
    let usage: UsageJournal
    private let live = LiveState()
    private let field: Field
    private let desk: CommandDesk
    private let uplink: Uplink
    private let link: LinkService?
    private let meter: MeterService?
    private let control: ControlService?
    private let admin: AdminServer
    private let started: Instant

    init(_ site: SiteSettings, logger: Logger) throws(StartFault) {
        self.site = site
        self.logger = logger
        time = SystemTime(source: site.clock)
        started = time.now()
        let notice: (String) -> Void = { logger.warning("\($0)") }
        do throws(SpoolFault) {
            spool = try SpoolStore(
                site.spool, gateway: site.gateway, time: time,
                notice: notice,
                onAlarm: { alarm in
                    if let alarm { logger.error("\(alarm)") } else { logger.notice("the spool is written again") }
                })
            usage = try UsageJournal(
                spool, gateway: site.gateway, boot: BootID.read(), time: time,
                notice: { logger.warning("\($0)") })
            journal = try JournalStore(path: site.spool.journalPath, time: time, notice: notice)
        } catch {
            throw .spool(error)
        }
        field = try Field(site, spool: spool, live: live, time: time, logger: logger)
        desk = CommandDesk(
            site, field: field, journal: journal, spool: spool, live: live, time: time, logger: logger)
        do throws(SpoolFault) { try desk.answerOrphans() } catch { throw .spool(error) }
        let session = "\(site.gateway)-\(time.utc().microseconds)"
        let paths = PathSelection()
        let board = site.metering.map { _ in MeterBoard() }
        let usageDesk = UsageDesk(usage, receiver: site.broker.receiver, time: time, spool: spool, logger: logger)
        uplink = try Uplink(
            site, spool: spool, desk: desk, live: live, paths: paths, usage: usageDesk, board: board, time: time,
            session: session,
            logger: logger)
        let herald = LinkHerald(
            spool: spool, live: live, journal: RecoveryJournal(directory: site.spool.directory), time: time,
            logger: logger)
        let activity = ControlActivity()
        if let settings = site.link {
            link = try LinkService(
                settings, isMultipath: site.broker.isMultipath, drivers: LinkDrivers(settings, time: time),
                selection: paths, herald: herald, activity: activity, time: time, logger: logger)
        } else {
            link = nil
        }
        if let settings = site.metering, let links = site.link, let board {
            meter = try MeterService(
                settings, site: site, link: links,
                drivers: MeterDrivers(site, links, journal: usage, spool: spool, time: time), board: board, live: live,
                spool: spool, network: link?.network, time: time, logger: logger)
        } else {
            meter = nil
        }
        if let settings = site.control, !settings.devices.isEmpty {
            control = try ControlService(
                settings, site: site, field: field, spool: spool, paths: paths, activity: activity, time: time,
                logger: logger)
        } else {
            control = nil
        }
        let observer = Observer(
            site: site, spool: spool, live: live, field: field, board: board, activity: activity, time: time,
            started: started)
        admin = try AdminServer(path: site.adminSocket) { observer.answer($0) }
    }

    /// Runs until SIGTERM or SIGINT; what was started last ends first.
    func run() async throws {
        let notifier = SystemdNotifier()
        let (field, desk, uplink, link, journal, spool, admin) = (field, desk, uplink, link, journal, spool, admin)
        let usage = usage
        let (control, meter) = (control, meter)
        let services: [any Service] = [
            ThreadService("spool") {
                usage.close()
                spool.close()
            },
            ThreadService("journal") { journal.close() },
            ThreadService("uplink") {
                uplink.stop()
                uplink.join()
            },
            ThreadService("link") { link?.stop() },
            ThreadService("meter") { meter?.stop() },
            ThreadService("buses") {
                desk.close()
                for thread in field.threads.values { thread.stop() }
                for thread in field.threads.values { thread.join() }
            },
            ThreadService("control") { control?.stop() },
            ThreadService("admin") { admin.stop() },
            Watchdog(notifier: notifier, signs: signsOfLife, logger: logger),
        ]
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        notifier.ready("\(site.devices.count) devices on \(site.buses.count) buses")
        logger.info(
            "gateway started",
            metadata: [
                "gateway": "\(site.gateway)", "version": "\(Version.current)", "config": "\(site.fingerprint)",
                "epoch": "\(spool.epoch)", "clock": "\(time.clockQuality().name)",
            ])
        ResidentMemory.releaseStartUp()
        lockMemory()
        try await ServiceGroup(configuration: configuration).run()
        logger.info("gateway stopped")
    }

    /// For remote control: what is in memory stays there.
    private func lockMemory() {
        guard control != nil, site.control?.isRealTime == true, fg_lock_memory() < 0 else { return }
        logger.warning(
            "memory is not locked: paging may delay remote control; give the service LimitMEMLOCK=infinity or CAP_IPC_LOCK"
        )
    }

    /// Each must grow while the gateway is well, whatever its devices and its broker do.
    private var signsOfLife: [(name: String, progress: @Sendable () -> Int64)] {
        let (spool, journal, uplink) = (spool, journal, uplink)
        var signs: [(name: String, progress: @Sendable () -> Int64)] = [
            ("spool", { spool.progress }), ("journal", { journal.progress }), ("uplink", { uplink.progress }),
        ]
        if let control {
            signs.append(("control", { control.progress }))
            signs.append(("audit", { control.trailProgress }))
        }
        if let link { signs.append(("link", { link.progress })) }
        if let meter { signs.append(("meter", { meter.progress })) }
        for (name, thread) in field.threads.sorted(by: { $0.key < $1.key }) {
            signs.append(("bus \(name)", { thread.progress }))
        }
        return signs
    }
}
