import CSystem
import FieldModel

/// What a connection is for.
package struct ConnectionStyle: Sendable, Hashable {
    package var trafficClass: TrafficClass
    /// No session of an earlier connection is taken up.
    package var isClean: Bool
    /// How long what was sent may stay unacknowledged (TCP_USER_TIMEOUT); nil for the keep-alive.
    package var patience: Duration?

    /// Rows and set-point commands: nothing may be lost.
    package static let durable = ConnectionStyle(trafficClass: .telemetry, isClean: false, patience: nil)
    /// Remote control: what is old is worth nothing.
    package static let control = ConnectionStyle(trafficClass: .control, isClean: true, patience: .seconds(1))
}

enum ControlSocket {
    /// Expedited forwarding (RFC 3246) in the class that goes first, and no more waiting in the kernel than must be.
    static func prefer(_ socket: Int32) {
        _ = fg_set_socket_option(socket, Int32(IPPROTO_IP), IP_TOS, 46 << 2)
        _ = fg_set_socket_option(socket, SOL_SOCKET, SO_PRIORITY, TrafficClass.control.socketPriority)
        _ = fg_set_socket_option(socket, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, 4096)
        _ = fg_set_socket_option(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }
}
