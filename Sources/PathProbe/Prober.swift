import CSystem
import FieldModel
import Platform

/// Why a probe could not be sent.
package struct ProbeFault: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    init(_ target: ProbeTarget, _ device: String, _ error: SystemError) {
        let remedy =
            switch error.code {
            case ENODEV, ENXIO: "there is no interface \(device) now"
            case EACCES, EPERM:
                target.kind == .icmp
                    ? "this user may not send ICMP echo requests: set net.ipv4.ping_group_range (90-fieldgate.conf does)"
                    : "this user may not send through \(device)"
            case ENETUNREACH: "\(device) has no address, or no route to \(target.address)"
            default: "\(error)"
            }
        description = "probe of \(target.address) through \(device): \(remedy)"
    }
}

/// Sends probes to one target through one interface, and hears the answers. It lives on an event loop.
package protocol Prober: AnyObject {
    /// Sends one probe. A refusal that comes back counts as an answer: the path carried it.
    func send(_ sequence: UInt16) throws(ProbeFault)
    func close()
}

package enum Probers {
    /// `answered` is called on the loop's thread with the sequence and the moment.
    package static func make(
        _ target: ProbeTarget, device: String, on loop: EventLoop, answered: @escaping (UInt16, Instant) -> Void
    ) -> any Prober {
        switch target.kind {
        case .icmp, .udp: DatagramProber(target, device: device, loop: loop, answered: answered)
        case .tcp(let port): HandshakeProber(target, port: port, device: device, loop: loop, answered: answered)
        }
    }
}
