import ControlWire
import DirectLink
import FieldModel
import Platform

/// The direct path's sockets, one for each way to the network, and which machine a packet is for.
package final class DirectHub: DirectPaths {
    private var sockets: [DirectSocket] = []
    private var stations: [UInt32: ControlStation] = [:]
    package let paths: Range<Int>
    package private(set) var strangers: Int64 = 0

    /// `devices` are network interfaces; nil leaves the way to the routing table.
    package init(devices: [String?], loop: EventLoop) throws(SystemError) {
        let few = devices.prefix(ControlSeals.mostPaths)
        paths = 0..<few.count
        for (path, device) in few.enumerated() {
            let socket = try DirectSocket(device: device) { [unowned self] packet, address, now in
                receive(packet, from: address, path: path, at: now)
            }
            sockets.append(socket)
            loop.add(socket)
        }
    }

    /// Packets of that session are the station's from now on; those of its last one are not any more.
    package func know(_ tag: UInt32, _ station: ControlStation) {
        stations = stations.filter { $0.value !== station }
        stations[tag] = station
    }

    package func send(_ packet: UnsafeRawBufferPointer, _ path: Int, _ targets: [DirectAddress]) {
        for target in targets { sockets[path].send(packet, to: target) }
    }

    private func receive(_ packet: UnsafeRawBufferPointer, from address: DirectAddress, path: Int, at now: Instant) {
        guard let tag = DirectPacket.session(of: packet), let station = stations[tag] else {
            strangers += 1
            return
        }
        station.receive(packet, from: address, path: path, at: now)
    }
}
