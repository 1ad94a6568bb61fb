import CSystem
import Glibc
import SimulatorKit

/// An AT port on a pseudo-terminal, as a USB serial port is one.
final class TerminalLine: ATLine {
    private(set) var address: PortAddress
    private var link: String
    private unowned let reactor: Reactor
    private let received: ([UInt8]) -> Void
    private var wire: Wire?
    /// Kept open, so that the line does not hang up when the last host closes its end.
    private var slave: Int32 = -1

    init(link: String, reactor: Reactor, received: @escaping ([UInt8]) -> Void) {
        (self.link, self.reactor, self.received) = (link, reactor, received)
        address = .terminal(link: link)
    }

    /// Under another name from the next opening on.
    func rename(_ link: String) {
        self.link = link
        address = .terminal(link: link)
    }

    /// An older link at the path is replaced, anything else there is an error.
    func open() throws(SystemFault) {
        guard wire == nil else { return }
        var path = [CChar](repeating: 0, count: 128)
        let master = try SystemFault.check(fg_open_pseudo_terminal(&path, path.count), "pseudo-terminal")
        slave = try SystemFault.check(fg_open(path, O_RDWR | O_NOCTTY, 0), "pseudo-terminal's slave")
        wire = try Wire(master, reactor: reactor, received: received) {}
        var old = stat()
        if lstat(link, &old) == 0, old.st_mode & S_IFMT == S_IFLNK { unlink(link) }
        _ = try SystemFault.checkErrno(symlink(path, link), "link \(link)")
    }

    func close() {
        guard let wire else { return }
        unlink(link)
        wire.hangUp()
        Glibc.close(slave)
        self.wire = nil
    }

    func send(_ bytes: [UInt8]) { wire?.send(bytes) }
}
