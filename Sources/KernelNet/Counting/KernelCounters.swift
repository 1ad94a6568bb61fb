import CSystem
import FieldModel
import Platform

/// The kernel's counters of traffic, without a capability: events and connections through `fieldgate-netd`, interfaces,
/// classes and sockets by asking the kernel itself. One thread.
public final class KernelCounters: TrafficCounters {
    /// A path as the plan has it.
    public struct Path: Hashable, Sendable {
        public var id: String
        public var device: String

        public init(id: String, device: String) {
            self.id = id
            self.device = device
        }
    }

    private static let patience = Duration.seconds(2)
    /// A writer that is silent for so long is gone, or has begun another ring.
    private static let silence = Duration.seconds(4)
    /// Paths that are read one after the other need not ask for the same twice.
    private static let othersAge = Duration.milliseconds(200)

    public private(set) var doubts: [String] = []
    private let paths: [Path]
    private let helper: NetworkHelper
    private let time: any TimeSource
    private var reader: FlowRingReader?
    private var nextLook = Instant(nanoseconds: 0)
    private var fault: NetworkFault?
    /// Found here and not in the ring; they come first.
    private var own: [FlowEvent] = []
    private var interfaces = PathInterfaces()
    private var others: [String: OtherTraffic] = [:]
    private var othersUntil = Instant(nanoseconds: 0)

    /// `helper` is the socket of `fieldgate-netd`.
    public init(paths: [Path], helper: String = NetworkHelper.defaultPath, time: any TimeSource) {
        self.paths = paths
        self.time = time
        self.helper = NetworkHelper(path: helper, patience: Self.patience)
    }

    public func events(limit: Int) throws(NetworkFault) -> [FlowEvent] {
        attach()
        if let text = reader?.mend() { own.append(.lost(text)) }
        let first = own.prefix(max(0, limit))
        let events = Array(first) + (reader?.events(limit: limit - first.count) ?? [])
        // What there is goes first; that there will be no more can be said when it is gone.
        if events.isEmpty, let fault { throw fault }
        return events
    }

    public func release(_ count: Int) {
        let first = min(max(0, count), own.count)
        own.removeFirst(first)
        reader?.release(count - first)
    }

    public func flows() throws(NetworkFault) -> [Flow] {
        let (list, doubts) = try helper.flows()
        self.doubts = doubts
        return try FlowList.flows(from: list)
    }

    public func reading(of path: String) throws(NetworkFault) -> PathReading {
        guard let device = paths.first(where: { $0.id == path })?.device else {
            throw .refused("path '\(path)' is none of those that are counted")
        }
        // First what may take long, so that it does not lie between the two readings.
        refreshOthers()
        let begin = time.now()
        let (link, classes) = try interfaces.read(path, device)
        let span = begin.duration(to: time.now())
        if let change = interfaces.takeChange() { own.append(.lost(change)) }
        guard let header = link.header else {
            throw .refused(
                "path \(path): link type \(link.type) of \(device) is not known, so neither are its headers' bytes;"
                    + " use a modem in raw-IP or Ethernet mode")
        }
        let other = others[path]
        var reading = PathReading(
            path: path, at: begin, sent: link.sent, received: link.received, header: header,
            otherSent: other?.sent ?? Flow.Count(), otherReceived: other?.received ?? Flow.Count(), classes: classes,
            span: span)
        (reading.isNamed, reading.strays, reading.probes) = (other != nil, other?.strays ?? [:], other?.probes)
        return reading
    }

    /// Asks again for what is in no connection, at the next reading.
    package func forgetOthers() { othersUntil = Instant(nanoseconds: 0) }

    private func refreshOthers() {
        let now = time.now()
        guard now >= othersUntil else { return }
        othersUntil = now + Self.othersAge
        // Without the helper they are counted as unattributed.
        guard let new = try? helper.others() else { return }
        for other in new { others[other.path] = other }
    }

    /// Gets the ring, and gets it again when nobody seems to write to the one there is.
    private func attach() {
        let now = time.now()
        if let beat = reader?.ring.heartbeat, beat + Self.silence > now, beat <= now + Self.silence {
            fault = nil
            return
        }
        guard now >= nextLook else { return }
        nextLook = now + .seconds(1)
        do throws(NetworkFault) {
            adopt(try FlowRing(mapping: helper.ring()))
            fault = nil
        } catch {
            fault = error
        }
    }

    private func adopt(_ ring: FlowRing) {
        guard let reader else {
            self.reader = FlowRingReader(ring)
            return
        }
        // The old one is read to its end first.
        guard reader.ring.generation != ring.generation, reader.events(limit: 1).isEmpty else { return }
        own.append(.lost("fieldgate-netd was started without what it had heard: connections may have ended unheard"))
        self.reader = FlowRingReader(ring)
    }
}
