import FieldModel

/// Where a packet came from, as the kernel says it: a `sockaddr`.
package struct PeerAddress: Hashable, Sendable {
    package var bytes: [UInt8]
    package init(bytes: [UInt8]) { self.bytes = bytes }
}

/// A way to the gateway: from one of the console's sockets to an address that proved itself.
package struct DirectRoute: Hashable, Sendable {
    /// The place of the socket among the console's.
    package var socket: Int
    package var address: PeerAddress

    package init(socket: Int, address: PeerAddress) {
        self.socket = socket
        self.address = address
    }
}

/// The gateway's paths, learned from authenticated path frames only. An address follows the newest of its path.
package struct PathTable: Hashable, Sendable {
    package static let mostPaths = 4
    /// Without a path frame for this long a path is forgotten.
    package static let memory = Duration.seconds(2)

    private struct Entry: Hashable, Sendable {
        var path: UInt8
        var counter: UInt64
        var route: DirectRoute
        var heard: Instant
    }

    private var entries: [Entry] = []

    package init() {}

    /// `counter` is the packet's: a late one does not lead back to an address that was left.
    package mutating func learn(path: UInt8, counter: UInt64, route: DirectRoute, at now: Instant) {
        let fresh = Entry(path: path, counter: counter, route: route, heard: now)
        if let place = entries.firstIndex(where: { $0.path == path }) {
            if counter > entries[place].counter { entries[place] = fresh }
            return
        }
        if entries.count == Self.mostPaths { entries.removeAll { !Self.isKnown($0, at: now) } }
        guard entries.count < Self.mostPaths else { return }
        entries.append(fresh)
    }

    /// The ways that are known now, one for each path.
    package func routes(at now: Instant) -> [DirectRoute] {
        entries.filter { Self.isKnown($0, at: now) }.map(\.route)
    }

    package func paths(at now: Instant) -> [UInt8] {
        entries.filter { Self.isKnown($0, at: now) }.map(\.path).sorted()
    }

    package func path(of route: DirectRoute) -> UInt8? { entries.first { $0.route == route }?.path }

    private static func isKnown(_ entry: Entry, at now: Instant) -> Bool { entry.heard.duration(to: now) < memory }
}
