import FieldModel
import Logging
import MQTTLink
import Platform
import Telemetry

/// The connection to the platform: one thread with its event loop.
final class Uplink: Sendable {
    private let stopping = Flag()
    private let turns = Counter()
    private let wakeUp: @Sendable () -> Void
    private let thread: OwnerThread

    init(
        _ site: SiteSettings, spool: any Spool, desk: CommandDesk, live: LiveState, paths: PathSelection,
        usage: UsageDesk, board: MeterBoard?, time: any TimeSource, session: String, logger: Logger
    ) throws(StartFault) {
        do throws(SystemError) {
            let loop = try EventLoop(time: time)
            wakeUp = loop.wakeUp
            spool.onChange(of: UplinkSession.consumer, loop.wakeUp)
            paths.onChange(loop.wakeUp)
            board?.onChange(loop.wakeUp)
            usage.onRows(loop.wakeUp)
            let handoff = Handoff(loop)
            let (stopping, turns) = (self.stopping, self.turns)
            thread = try OwnerThread(name: "uplink") {
                let loop = handoff.take()
                let uplink = UplinkSession(
                    site, spool: spool, desk: desk, live: live, paths: paths, usage: usage, board: board, time: time,
                    session: session, logger: logger, loop: loop
                )
                loop.run { now in
                    turns.add()
                    return uplink.turn(at: now, stopping: stopping.load())
                }
            }
        } catch {
            throw .system("no thread for the uplink: \(error)")
        }
    }

    var progress: Int64 { turns.load() }

    /// Drains what can be drained, says good-bye, and ends.
    func stop() {
        stopping.store(true)
        wakeUp()
    }

    func join() {
        thread.join()
    }
}
