import FieldModel
import Metering

/// What the link knows of each path, as metering wants to hear it: whose subscription, which data session, up or down.
struct SubscriptionWatch {
    private struct Known {
        var isUp: Bool?
        var isActive = false
        var addresses: [String] = []
        var session: UInt32?
    }

    private var known: [String: Known] = [:]
    private var lastCounters: [String: ModemCounters] = [:]
    private let accessPoints: [String: String]

    /// `sessions`: the number that the newest record of each path has. A gateway that was only started again finds the
    /// session it left.
    init(_ link: LinkSettings, sessions: [String: UInt32], isSameBoot: Bool) {
        var names: [String: String] = [:]
        for path in link.paths {
            names[path.id] = link.modems.first { $0.id == path.modem }?.session.accessPoint
            known[path.id] = Known(isActive: isSameBoot && sessions[path.id] != nil, session: sessions[path.id])
        }
        accessPoints = names
    }

    mutating func take(_ report: LinkReport) -> [MeterEvent] {
        var events: [MeterEvent] = []
        let path = report.path
        let isUp = report.health == "dead" ? false : report.health == "alive" ? true : known[path]?.isUp
        if let isUp, isUp != known[path]?.isUp {
            if known[path]?.isUp != nil || !isUp { events.append(.path(path, isUp: isUp)) }
            known[path, default: Known()].isUp = isUp
        }
        guard report.modem != nil else { return events }
        follow(report)
        events.append(.subscription(path: path, subscription(report)))
        return events
    }

    /// The session's number, as long as it lasts.
    func session(of path: String) -> UInt32? { known[path].flatMap { $0.isActive ? $0.session : nil } }

    /// Reports are told more often than a modem is asked: only what changed is an answer.
    mutating func isNew(_ report: LinkReport) -> Bool {
        defer { lastCounters[report.path] = report.counters }
        return report.counters != lastCounters[report.path]
    }

    /// A session is another one when it was away, or has another address.
    private mutating func follow(_ report: LinkReport) {
        var now = known[report.path] ?? Known()
        defer { known[report.path] = now }
        let wasActive = now.isActive
        now.isActive = report.session.isActive
        guard now.isActive else { return }
        let isOther =
            !now.addresses.isEmpty && !report.session.addresses.isEmpty
            && now.addresses != report.session.addresses
        if !wasActive || isOther { now.session = (now.session ?? 0) + 1 }
        if !report.session.addresses.isEmpty { now.addresses = report.session.addresses }
    }

    private func subscription(_ report: LinkReport) -> UsageSubscription {
        func text(_ text: String) -> String? { text.isEmpty ? nil : text }
        var subscription = UsageSubscription()
        subscription.path = report.path
        subscription.iccid = report.identity.flatMap { text($0.iccid) }
        subscription.imei = report.identity.flatMap { text($0.imei) }
        subscription.plmn = report.cell.flatMap { text($0.network) }
        subscription.trackingArea = report.cell?.area.map { String($0, radix: 16) }
        subscription.cell = report.cell?.cell.map { String($0, radix: 16) }
        subscription.rat = report.radio?.rawValue
        subscription.slice = report.session.allowedSlices.first.map(LinkReport.text)
        subscription.dataNetwork = accessPoints[report.path]
        subscription.session = known[report.path]?.session
        return subscription
    }
}
