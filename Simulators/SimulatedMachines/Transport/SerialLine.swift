import CSystem
import Glibc
import SimulatorKit

/// A Modbus RTU line over a pseudo-terminal: the far end opens the link as it would open a serial port.
package final class SerialLine<Server: UnitServer>: EventHandler {
    /// Silence after which the rest of a broken frame is forgotten, in nanoseconds.
    private static var silence: Int64 { 50_000_000 }

    private let master: Int32
    /// Kept open, so that the line does not hang up when the last client closes its end.
    private let slave: Int32
    private let link: String
    private unowned let reactor: Reactor
    private let server: Server
    private var input: [UInt8] = []
    private var lastByte: Int64 = 0
    // Room for the longest frame; lives as long as the line.
    private let output = UnsafeMutablePointer<UInt8>.allocate(capacity: RTUFraming.longest)

    /// Makes `link` a symbolic link to the terminal; an older link there is replaced, anything else is an error.
    package init(link: String, reactor: Reactor, server: Server) throws(SystemFault) {
        var path = [CChar](repeating: 0, count: 128)
        master = try SystemFault.check(fg_open_pseudo_terminal(&path, path.count), "pseudo-terminal")
        slave = try SystemFault.check(fg_open(path, O_RDWR | O_NOCTTY, 0), "pseudo-terminal's slave")
        self.link = link
        self.reactor = reactor
        self.server = server
        var old = stat()
        if lstat(link, &old) == 0, old.st_mode & S_IFMT == S_IFLNK { unlink(link) }
        _ = try SystemFault.checkErrno(symlink(path, link), "link \(link)")
        _ = fg_set_nonblocking(master)
        try reactor.add(master, self)
    }

    deinit { output.deallocate() }

    package func shutDown() {
        unlink(link)
        reactor.removeAndClose(master)
        close(slave)
    }

    package func ready(_ events: UInt32) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { buffer in
            let count = read(master, buffer.baseAddress!, buffer.count)
            if count > 0 { receive(UnsafeBufferPointer(rebasing: buffer[0..<count])) }
        }
    }

    private func receive(_ bytes: UnsafeBufferPointer<UInt8>) {
        let now = Reactor.now
        if now - lastByte > Self.silence { input.removeAll(keepingCapacity: true) }
        lastByte = now
        input.append(contentsOf: bytes)
        while !input.isEmpty {
            switch input.withUnsafeBufferPointer({ RTUFraming.progress(of: $0) }) {
            case .partial: return
            case .broken: input.removeAll(keepingCapacity: true)
            case .frame(let length):
                input.withUnsafeBufferPointer { answer(UnsafeBufferPointer(rebasing: $0[0..<length])) }
                input.removeFirst(length)
            }
        }
    }

    private func answer(_ frame: UnsafeBufferPointer<UInt8>) {
        let request = UnsafeBufferPointer(rebasing: frame[1..<(frame.count - 2)])
        guard let answer = server.answer(unit: frame[0], request, over: .rtu, into: output + 1) else { return }
        output[0] = answer.unit
        deliver(length: RTUFraming.seal(output, length: 1 + answer.length), answer.delivery)
    }

    private func deliver(length: Int, _ delivery: Delivery) {
        switch delivery {
        case .atOnce, .wrongTransaction: send(UnsafeBufferPointer(start: output, count: length))
        case .never, .hangUp: break
        case .after(let delay):
            let frame = Array(UnsafeBufferPointer(start: output, count: length))
            reactor.after(delay) { [weak self] in frame.withUnsafeBufferPointer { self?.send($0) } }
        case .truncated: send(UnsafeBufferPointer(start: output, count: length / 2))
        case .junk(let seed):
            Delivery.fill(output, length: length, seed: seed)
            send(UnsafeBufferPointer(start: output, count: length))
        }
    }

    /// What the terminal does not take is lost, as on a line nobody listens to.
    private func send(_ bytes: UnsafeBufferPointer<UInt8>) {
        _ = write(master, bytes.baseAddress!, bytes.count)
    }
}
