import FieldModel
import Logging
import Metering
import Platform

/// Metering at work: one thread that looks, records and compares.
final class MeterService: Sendable {
    private let stopping = Flag()
    private let turns = Counter()
    private let wakeUp: @Sendable () -> Void
    private let thread: OwnerThread

    init(
        _ settings: MeteringSettings, site: SiteSettings, link: LinkSettings, drivers: MeterDrivers, board: MeterBoard,
        live: LiveState, spool: any Spool, network: NetworkDesk?, time: any TimeSource, logger: Logger
    ) throws(StartFault) {
        let start = MeterStart(settings: settings, link: link, drivers: drivers, time: time)
        for warning in drivers.warnings { logger.warning("\(warning)") }
        // A zone that this machine does not know is better said now.
        do throws(SpoolFault) { _ = try start.plan() } catch { throw .system(error.summary) }
        do throws(SystemError) {
            let loop = try EventLoop(time: time)
            wakeUp = loop.wakeUp
            let handoff = Handoff(loop)
            let (stopping, turns) = (self.stopping, self.turns)
            let directory = site.spool.directory
            thread = try OwnerThread(name: "meter") {
                let loop = handoff.take()
                let herald = MeterHerald(gateway: site.gateway, spool: spool, time: time, logger: logger)
                let desk = MeterDesk(
                    start, board: board, live: live, herald: herald, directory: directory, network: network,
                    time: time, loop: loop)
                loop.run { now in
                    turns.add()
                    return desk.turn(at: now, stopping: stopping.load())
                }
            }
        } catch {
            throw .system("no thread for metering: \(error)")
        }
    }

    var progress: Int64 { turns.load() }

    /// Cuts everything, and waits until it is committed.
    func stop() {
        stopping.store(true)
        wakeUp()
        thread.join()
    }
}
