import ControlPath
import FieldModel
import Link
import Logging
import PathProbe
import Platform

/// What the link's thread does: watches the paths, drives the modems' machines, chooses, and tells.
final class LinkDesk {
    /// How often the machines are asked what is to be done.
    private static let tick = Duration.milliseconds(100)

    private let settings: LinkSettings
    private let time: any TimeSource
    private let selection: PathSelection
    private let network: NetworkDesk?
    private let herald: LinkHerald
    private let alarm = TimerSource()
    private let watches: [PathWatch]
    private var machines: [String: LinkMachine]
    private let modems: [String: ModemThread]
    private let inbox: LinkInbox
    private let activity: ControlActivity
    private var wasControlled = false
    private var chooser: PathChooser
    private var nextTick: Instant
    private var nextReport: Instant
    private var lastReport: Instant
    /// What records of usage are cut by: told at once.
    private var told: [String: Bearer] = [:]

    private struct Bearer: Hashable {
        var radio: RadioAccess?
        var session: DataSession
        var identity: ModemIdentity
    }

    init(
        _ settings: LinkSettings, modems: [String: ModemThread], inbox: LinkInbox, network: NetworkDesk?,
        selection: PathSelection, herald: LinkHerald, activity: ControlActivity,
        time: any TimeSource, loop: EventLoop
    ) {
        let now = time.now()
        self.settings = settings
        self.activity = activity
        self.modems = modems
        self.inbox = inbox
        self.network = network
        self.selection = selection
        self.herald = herald
        self.time = time
        watches = settings.paths.map { PathWatch($0, loop: loop, at: now) }
        machines = Dictionary(
            uniqueKeysWithValues: settings.modems.map { ($0.id, LinkMachine($0, history: herald.history(of: $0.id))) })
        chooser = PathChooser(settings.choice)
        (nextTick, nextReport, lastReport) = (now, now + settings.reportEvery, now)
        loop.add(alarm)
    }

    /// After every round of events. False when all is done.
    func turn(at now: Instant, stopping: Bool) -> Bool {
        if stopping {
            for watch in watches { watch.close() }
            return false
        }
        for (modem, input) in inbox.take() { feed(input, to: modem, at: now) }
        if now >= nextTick { tick(at: now) }
        for watch in watches where now >= watch.deadline { turn(watch, at: now, counters: nil) }
        if now >= nextReport { report(at: now) }
        alarm.deadline = min(nextTick, watches.map(\.deadline).min() ?? nextTick)
        return true
    }

    private func tick(at now: Instant) {
        nextTick = now + Self.tick
        followControl(at: now)
        let counters = InterfaceCounters.read()
        for watch in watches {
            turn(watch, at: now, counters: counters[watch.settings.device])
            guard let modem = watch.settings.modem else { continue }
            feed(.path(watch.monitor.health, received: watch.counters.receivedBytes), to: modem, at: now)
        }
        for modem in settings.modems where !watches.contains(where: { $0.settings.modem == modem.id }) {
            feed(.tick, to: modem.id, at: now)
        }
        carryOut(chooser.choose(at: now), at: now)
    }

    /// While somebody drives, a modem is left alone unless its path is down anyway.
    private func followControl(at now: Instant) {
        guard activity.isActive != wasControlled else { return }
        wasControlled.toggle()
        for modem in settings.modems { feed(.remoteControl(active: wasControlled), to: modem.id, at: now) }
    }

    private func turn(_ watch: PathWatch, at now: Instant, counters: InterfaceCounters.Counters?) {
        let news = watch.turn(at: now, counters: counters)
        if let rate = news.rate { network?.shape(watch.settings.id, to: rate) }
        guard let health = news.health else { return }
        herald.pathChanged(watch, to: health)
        carryOut(chooser.update(watch.settings.id, health, at: now), at: now)
        nextReport = now
    }

    private func carryOut(_ changes: [PathChooser.Change], at now: Instant) {
        for change in changes {
            guard let path = change.to, let watch = watches.first(where: { $0.settings.id == path }) else { continue }
            selection.choose(.init(path: path, device: watch.settings.device), for: change.purpose)
            network?.route(change.purpose, over: path)
            herald.chosen(change)
            nextReport = now
        }
    }

    private func feed(_ input: LinkInput, to modem: String, at now: Instant) {
        let outputs = machines[modem]?.handle(input, at: now) ?? []
        if let report = machines[modem]?.report {
            let bearer = Bearer(radio: report.radio, session: report.session, identity: report.identity)
            if told[modem] != bearer { nextReport = now }
            told[modem] = bearer
        }
        for output in outputs {
            if case .run(let job) = output {
                modems[modem]?.run(job)
            } else {
                herald.tell(output, of: modem)
                nextReport = now
            }
        }
    }

    private func report(at now: Instant) {
        nextReport = now + settings.reportEvery
        // Round trips are those since the report before, and of the last second at least.
        let since = min(lastReport, Instant(nanoseconds: now.nanoseconds - 1_000_000_000))
        lastReport = now
        herald.report(
            watches.map { watch in
                let purposes = TrafficClass.allCases.filter { chooser.chosen[$0] == watch.settings.id }
                return LinkReport(
                    watch, machine: watch.settings.modem.flatMap { machines[$0] }, purposes: purposes, since: since,
                    at: now)
            })
    }
}

/// What the modems' threads have to say, until the link's thread hears it.
final class LinkInbox: Sendable {
    private let box = Monitor<[(String, LinkInput)]>([])
    private let wakeUp: @Sendable () -> Void

    init(wakeUp: @escaping @Sendable () -> Void) { self.wakeUp = wakeUp }

    func put(_ input: LinkInput, from modem: String) {
        box.withLock { $0.append((modem, input)) }
        wakeUp()
    }

    func take() -> [(String, LinkInput)] {
        box.withLock { box in
            defer { box = [] }
            return box
        }
    }
}
