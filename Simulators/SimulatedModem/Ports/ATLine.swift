import SimulatorKit

/// Where a host finds an AT port.
package enum PortAddress: Equatable, Sendable {
    /// A symbolic link to a pseudo-terminal.
    case terminal(link: String)
    /// A name in the abstract space of unix sockets, where the modem listens.
    case abstract(name: String)

    package var text: String {
        switch self {
        case .terminal(let link): "pty \(link)"
        case .abstract(let name): "unix @\(name)"
        }
    }
}

/// One AT port's line, which can go away and come back.
protocol ATLine: AnyObject {
    var address: PortAddress { get }
    func open() throws(SystemFault)
    func close()
    func send(_ bytes: [UInt8])
}
