import FieldGateTesting
import FieldModel

/// A path with connections, a shaper and an interface, counted as Linux counts: connection tracking sees superpackets
/// and what the shaper drops, the shaper and the interface see what is sent.
struct SimulatedKernel {
    struct Connection {
        var flow: Flow
        var isOwn: Bool
        var segmentsOut: UInt64 = 0
        var segmentsIn: UInt64 = 0
        var isFromOutside: Bool { UsageMark(flow.mark).cameFromOutside }
    }

    static let header: UInt64 = 14
    static let segment: UInt64 = 1448
    static let overhead: UInt64 = 52

    let time: ManualTime
    var path = "a"
    var live: [Connection] = []
    /// What the ring holds.
    var events: [FlowEvent] = []
    var classes: [UInt16: ClassReading] = [:]
    var sent = Flow.Count()
    var received = Flow.Count()
    /// IP bytes, as the carrier counts them.
    var truthUp: UInt64 = 0
    var truthDown: UInt64 = 0
    var strayDown: UInt64 = 0
    var hasShaper = true
    /// The firewall's counters.
    var strays: [StrayTraffic: TrafficCount] = [:]
    var probes: TrafficCount? = TrafficCount()
    var isNamed = true
    private(set) var probedUp: UInt64 = 0
    private(set) var probedDown: UInt64 = 0
    private(set) var strayUp: UInt64 = 0
    private var nextStart: UInt64 = 0
    private var nextPort: UInt16 = 1024

    init(time: ManualTime) {
        self.time = time
        for trafficClass in [UsageMark.control, UsageMark.telemetry, UsageMark.bulk] {
            classes[trafficClass] = ClassReading(trafficClass: trafficClass, bytes: 0, packets: 0, backlog: 0, drops: 0)
        }
    }

    /// Ids are used again at once, and so are ports.
    mutating func open(
        _ trafficClass: UInt16, id: UInt32 = 7, own: Bool = false, outside: Bool = false, transport: UInt8 = 6,
        port: UInt16? = nil, path: Int = 0
    ) -> Int {
        nextStart += 1
        nextPort += 1
        let near = Flow.Tuple(
            transport: transport, source: [10, 0, 0, 1], destination: [203, 0, 113, 9], sourcePort: port ?? nextPort,
            destinationPort: 443)
        let far = Flow.Tuple(
            transport: transport, source: near.destination, destination: near.source, sourcePort: 443,
            destinationPort: near.sourcePort)
        let flow = Flow(
            id: id, start: UInt64(time.utc().microseconds) * 1000 + nextStart,
            mark: UsageMark(path: path, trafficClass: trafficClass, cameFromOutside: outside).bits,
            original: outside ? far : near, reply: outside ? near : far, sent: Flow.Count(), received: Flow.Count())
        live.append(Connection(flow: flow, isOwn: own))
        events.append(.began(flow))
        return live.count - 1
    }

    /// `bytes` of payload go out; with offload connection tracking sees one packet. `dropped`: the shaper throws away.
    mutating func send(_ index: Int, _ bytes: UInt64, offload: Bool = false, dropped: Bool = false) {
        let segments = (bytes + Self.segment - 1) / Self.segment
        let wire = bytes + segments * Self.overhead
        let seen =
            offload ? Flow.Count(bytes: bytes + Self.overhead, packets: 1) : Flow.Count(bytes: wire, packets: segments)
        count(index, seen, up: true)
        live[index].segmentsOut += segments
        let trafficClass = UsageMark(live[index].flow.mark).trafficClass
        if dropped {
            classes[trafficClass]?.drops += segments
        } else {
            transmit(trafficClass, wire, segments)
        }
    }

    mutating func receive(_ index: Int, _ bytes: UInt64) {
        let segments = (bytes + Self.segment - 1) / Self.segment
        let wire = bytes + segments * Self.overhead
        count(index, Flow.Count(bytes: wire, packets: segments), up: false)
        live[index].segmentsIn += segments
        arrive(wire, segments)
    }

    /// Packets that belong to no connection.
    mutating func stray(up: UInt64 = 0, down: UInt64 = 0, _ kind: StrayTraffic = .invalid) {
        var count = strays[kind] ?? TrafficCount()
        if up > 0 {
            transmit(UsageMark.telemetry, up, 1)
            strayUp += up
            count.sent = Flow.Count(bytes: count.sent.bytes + up, packets: count.sent.packets + 1)
        }
        if down > 0 {
            arrive(down, 1)
            strayDown += down
            count.received = Flow.Count(bytes: count.received.bytes + down, packets: count.received.packets + 1)
        }
        strays[kind] = count
    }

    /// Is no IP, goes with bulk, and is counted as such; the firewall's counters may be read late.
    mutating func arp(counted: Bool = true) {
        let count = Flow.Count(bytes: 28 + Self.header, packets: 1)
        for whole in [\SimulatedKernel.sent, \.received] {
            self[keyPath: whole].bytes += count.bytes
            self[keyPath: whole].packets += 1
        }
        classes[UsageMark.bulk]?.bytes += count.bytes
        classes[UsageMark.bulk]?.packets += 1
        arps += 1
        if counted { countedArps = arps }
    }

    private(set) var arps: UInt64 = 0
    private var countedArps: UInt64 = 0

    /// What the firewall's counters did not show yet at one look they show at the next.
    mutating func catchUp() { countedArps = arps }

    /// A probe: a connection of its own, refused at once or accepted.
    mutating func probe(_ number: UInt64, answered: Bool = true) {
        let tuple = Flow.Tuple(
            transport: 6, source: [10, 0, 0, 1], destination: [203, 0, 113, 9],
            sourcePort: 50_000 + UInt16(number % 9000), destinationPort: 8883)
        let mark = UsageMark(path: 0, trafficClass: UsageMark.control, cameFromOutside: false, isProbe: true)
        var flow = Flow(
            id: 9, start: number, mark: mark.bits, original: tuple, reply: tuple,
            sent: Flow.Count(bytes: 100, packets: 2), received: Flow.Count(bytes: 60, packets: 1))
        events.append(.began(flow))
        transmit(UsageMark.control, 100, 2)
        probedUp += 100
        probes?.sent.bytes += 100
        probes?.sent.packets += 2
        if answered {
            arrive(60, 1)
            probedDown += 60
            probes?.received.bytes += 60
            probes?.received.packets += 1
        }
        flow.stop = number
        events.append(.ended(flow))
    }

    /// Somebody flushed the ruleset, and the plan was applied again.
    mutating func beginCountersAnew() { (strays, probes) = ([:], TrafficCount()) }

    /// The last acknowledgement of an own connection is sent by no socket any more.
    mutating func end(_ index: Int) {
        if live[index].isOwn {
            let trafficClass = UsageMark(live[index].flow.mark).trafficClass
            count(index, Flow.Count(bytes: Self.overhead, packets: 1), up: true)
            transmit(trafficClass, Self.overhead, 1)
        }
        var flow = live.remove(at: index).flow
        flow.stop = UInt64(time.utc().microseconds) * 1000
        events.append(.ended(flow))
    }

    /// The process dies, and its sockets with it.
    mutating func closeOwnSockets() {
        for index in live.indices.reversed() where live[index].isOwn { end(index) }
    }

    private mutating func transmit(_ trafficClass: UInt16, _ wire: UInt64, _ packets: UInt64) {
        classes[trafficClass]?.bytes += wire + packets * Self.header
        classes[trafficClass]?.packets += packets
        sent.bytes += wire + packets * Self.header
        sent.packets += packets
        truthUp += wire
    }

    private mutating func arrive(_ wire: UInt64, _ packets: UInt64) {
        received.bytes += wire + packets * Self.header
        received.packets += packets
        truthDown += wire
    }

    private mutating func count(_ index: Int, _ seen: Flow.Count, up: Bool) {
        let isSent = up != live[index].isFromOutside
        if isSent {
            live[index].flow.sent.bytes += seen.bytes
            live[index].flow.sent.packets += seen.packets
        } else {
            live[index].flow.received.bytes += seen.bytes
            live[index].flow.received.packets += seen.packets
        }
    }

    var flows: [Flow] { live.map(\.flow) }

    var reading: PathReading {
        let other = Flow.Count(bytes: countedArps * (28 + Self.header), packets: countedArps)
        var reading = PathReading(
            path: path, at: time.now(), sent: sent, received: received, header: Self.header, otherSent: other,
            otherReceived: other,
            classes: hasShaper ? classes.values.sorted { $0.trafficClass < $1.trafficClass } : [], span: .zero)
        guard isNamed else {
            (reading.isNamed, reading.otherSent, reading.otherReceived) = (false, Flow.Count(), Flow.Count())
            return reading
        }
        (reading.strays, reading.probes) = (strays, probes)
        if countedArps > 0 {
            let count = Flow.Count(bytes: countedArps * 28, packets: countedArps)
            reading.strays[.arp] = TrafficCount(sent: count, received: count)
        }
        return reading
    }

    var sockets: [SocketReading] {
        live.filter { $0.isOwn }.map { connection in
            let tuple = connection.isFromOutside ? connection.flow.reply : connection.flow.original
            return SocketReading(
                tuple: tuple, segmentsOut: connection.segmentsOut, segmentsIn: connection.segmentsIn, bytesOut: 0,
                bytesIn: 0)
        }
    }
}
