import FieldModel

/// What connection tracking tells.
extension Meter {
    mutating func take(_ event: FlowEvent, _ work: inout MeterWork) {
        switch event {
        // What a look has shown already is newer.
        case .began(let flow): if accounts[FlowKey(flow)] == nil { _ = update(flow, nil, &work) }
        case .ended(let flow): end(flow, &work)
        case .lost(let why):
            work.drafts.append(gap("events_lost", nil, from: lastLook ?? now.mono, [UsageNote("detail", why)]))
            work.alarms.append(MeterAlarm("events_lost", why))
            work.wantsLook = true
        }
    }

    /// Takes a reading of a live connection in; nil where it is none of ours.
    mutating func update(_ flow: Flow, _ socket: SocketReading?, _ work: inout MeterWork) -> FlowKey? {
        let key = FlowKey(flow)
        guard let placement = placement(of: flow) ?? kept(key) else { return nil }
        if let place = accounts.index(forKey: key), isCalm(accounts.values[place], placement) {
            // Most readings: nothing but its counters is new, so it stays where it is.
            let growth = accounts.values[place].take(
                flow, socket, at: now.mono, limit: settings.limit(of: placement.path))
            accounts.values[place].seen = round
            explain(growth, placement)
            if let fault = growth.fault {
                var account = accounts.values[place]
                tell(fault, of: &account, &work)
                accounts.values[place] = account
            }
            return key
        }
        guard !ended.contains(key), var account = accounts.removeValue(forKey: key) ?? adopt(flow, placement) else {
            return nil
        }
        read(flow, socket, into: &account, until: now.mono, &work)
        move(&account, to: placement, &work)
        account.seen = round
        accounts[key] = account
        return key
    }

    /// Where the mark of a connection that is counted already names no path any more, somebody overwrote it: it stays in
    /// the class it was in, and is counted on.
    private mutating func kept(_ key: FlowKey) -> Placement? {
        guard let placement = accounts[key]?.placement, !placement.path.isEmpty else { return nil }
        overwritten += 1
        return placement
    }

    private func isCalm(_ account: ConnectionAccount, _ placement: Placement) -> Bool {
        calm.contains(account.open) && calm.contains(now.mono) && account.placement == placement
    }

    private mutating func end(_ flow: Flow, _ work: inout MeterWork) {
        let key = FlowKey(flow)
        guard !ended.contains(key), let placement = placement(of: flow) ?? accounts[key]?.placement,
            var account = accounts.removeValue(forKey: key) ?? adopt(flow, placement)
        else { return }
        // The kernel stamps by the wall clock as it is set, right or wrong.
        let age = flow.stop.map { now.utc.microseconds - Int64(clamping: $0 / 1000) } ?? 0
        let stopped = Instant(nanoseconds: now.mono.nanoseconds - max(0, age).multipliedReportingOverflow(by: 1000).0)
        let close = min(max(stopped, account.lastRead), now.mono)
        read(flow, nil, into: &account, until: close, &work)
        finish(account, key, at: close, .normal, &work)
    }

    /// The stop record, whatever it counts: it says that there will be no more.
    mutating func finish(
        _ account: ConnectionAccount, _ key: FlowKey, at close: Instant, _ cause: UsageCause, _ work: inout MeterWork
    ) {
        var account = account
        work.drafts.append(draft(.stop, &account, at: close, cause))
        forgotten.append(account.connection)
        ended.insert(key, round: round)
    }

    /// Before a reading is taken in, and after: what lies before a boundary is cut there.
    private mutating func read(
        _ flow: Flow, _ socket: SocketReading?, into account: inout ConnectionAccount, until end: Instant,
        _ work: inout MeterWork
    ) {
        let cuts = cuts(after: account.open, through: end)
        // What grew across a boundary belongs to the side on which most of the time was.
        let growsBefore = cuts.last.map { account.lastRead.duration(to: $0.at) > $0.at.duration(to: end) } ?? false
        if !growsBefore { cut(&account, at: cuts, &work) }
        let growth = account.take(flow, socket, at: end, limit: settings.limit(of: account.placement.path))
        explain(growth, account.placement)
        if growsBefore { cut(&account, at: cuts, &work) }
        if let fault = growth.fault { tell(fault, of: &account, &work) }
    }

    private func tell(_ fault: CounterFault, of account: inout ConnectionAccount, _ work: inout MeterWork) {
        account.notes.removeAll { $0.name == fault.name }
        account.notes.append(UsageNote(fault.name, fault.detail))
        guard !fault.isHarmless else { return }
        work.drafts.append(
            gap(fault.name, account.placement.path, from: account.lastRead, [UsageNote("counter", "connection")]))
        let detail = "connection \(account.connection.id): \(fault.detail)"
        work.alarms.append(MeterAlarm(fault.name, path: account.placement.path, detail))
    }

    // MARK: Which connection

    /// Nil where the mark names no path of the plan: the traffic does not leave by one.
    private mutating func placement(of flow: Flow) -> Placement? {
        if let known = placements[flow.mark] { return known }
        let mark = UsageMark(flow.mark)
        // Probes are counted together.
        guard !mark.isProbe, let path = mark.path, settings.paths.indices.contains(path) else { return nil }
        let placement = Placement(
            path: settings.paths[path].id, trafficClass: mark.trafficClass,
            ratingGroup: settings.groups.name(of: mark.trafficClass))
        placements[flow.mark] = placement
        return placement
    }

    /// A connection seen for the first time by this process; nil where records say that it has ended.
    private mutating func adopt(_ flow: Flow, _ placement: Placement) -> ConnectionAccount? {
        let isGathered = isGathered(FlowKey(flow))
        let connection = UsageConnection(
            boot: settings.boot, start: flow.start, id: flow.id, tuple: settings.fingerprint(flow.original), part: 1,
            transport: flow.original.transport, application: isGathered ? Self.probeApplication : nil)
        let name = RecordedKey(connection)
        guard !recordedEnds.contains(name) else { return nil }
        let outside = UsageMark(flow.mark).cameFromOutside
        guard let known = resumable.removeValue(forKey: name) ?? vanished.take(name) else {
            var account = ConnectionAccount(
                connection, placement, cameFromOutside: outside, open: now.mono, seen: round)
            account.isGathered = isGathered
            return account
        }
        var account = resume(known, outside: outside)
        account.isGathered = isGathered
        account.connection.application = connection.application
        return account
    }

    private func resume(_ known: Resumable, outside: Bool) -> ConnectionAccount {
        var account = ConnectionAccount(
            known.connection, known.placement, cameFromOutside: outside, open: min(wall.instant(known.close), now.mono),
            seen: round)
        account.connection.part = known.connection.part + (known.hasPart ? 1 : 0)
        (account.up, account.down, account.isStarted) = (known.up, known.down, true)
        return account
    }

    /// Another class, group or way from here on.
    private mutating func move(_ account: inout ConnectionAccount, to placement: Placement, _ work: inout MeterWork) {
        guard account.placement != placement else { return }
        let isTariff =
            account.placement.trafficClass == placement.trafficClass
            && account.placement.path == placement.path
        cut(&account, at: now.mono, isTariff ? .tariff : .mgmt, &work)
        account.placement = placement
    }
}

extension CounterFault {
    /// For a person.
    var detail: String {
        switch self {
        case .wrapped: "a counter of 32 bits began again"
        case .restarted: "the counter began anew"
        case .decreased(let bytes): "the counter is \(bytes) less than before"
        case .jumped(let bytes): "the counter grew by \(bytes), more than the link carries; that is not billed"
        case .swapped: "sent and received are exchanged"
        }
    }
}
