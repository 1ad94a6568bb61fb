import CSystem
import Glibc

/// Ends the reactor's run upon SIGTERM or SIGINT.
package final class StopSignal: EventHandler {
    private unowned let reactor: Reactor

    package init(reactor: Reactor) throws(SystemFault) {
        self.reactor = reactor
        // A reader of standard output that went away must not end the simulator before it has cleaned up.
        signal(SIGPIPE, SIG_IGN)
        let fd = try SystemFault.check(fg_signal_descriptor(SIGTERM, SIGINT), "signalfd")
        try reactor.add(fd, self)
    }

    package func ready(_ events: UInt32) { reactor.stop() }
}
