import FieldModel

/// What connection tracking tells.
extension Meter {
    mutating func take(_ events: [FlowEvent], _ work: inout MeterWork) {
        for event in events {
            switch event {
            // What a look has shown already is newer.
            case .began(let flow): if accounts.place(of: FlowKey(flow)) == nil { update(flow, nil, &work) }
            case .ended(let flow): end(flow, &work)
            case .lost(let why):
                work.drafts.append(gap("events_lost", nil, from: lastLook ?? now.mono, [UsageNote("detail", why)]))
                work.alarms.append(MeterAlarm("events_lost", why))
                work.wantsLook = true
            }
        }
        explainLanes()
    }

    /// Every live connection, as it is now.
    mutating func take(_ flows: [Flow], _ sockets: SocketTable, _ work: inout MeterWork) {
        for flow in flows {
            let socket = sockets.socket(of: flow, cameFromOutside: UsageMark(flow.mark).cameFromOutside)
            guard let place = update(flow, socket, &work), !accounts[place].isStarted else { continue }
            var account = accounts[place]
            begin(&account, &work)
            accounts[place] = account
        }
        explainLanes()
    }

    /// Takes a reading of a live connection in, and tells where it is; nil where it is none of ours. Lanes have to be
    /// explained afterwards.
    @discardableResult
    mutating func update(_ flow: Flow, _ socket: SocketReading?, _ work: inout MeterWork) -> Int? {
        let key = FlowKey(flow)
        let known = accounts.place(of: key)
        guard let lane = lane(of: flow.mark) ?? known.flatMap({ kept($0) }) else { return nil }
        if let place = known, isCalm(place, lane) {
            // Most readings: nothing but its counters is new, so it stays where it is.
            let growth = accounts[place].take(flow, socket, at: now.mono, limit: lanes[lane].limit)
            accounts[place].seen = round
            lanes[lane].add(growth)
            if let fault = growth.fault {
                var account = accounts[place]
                tell(fault, of: &account, &work)
                accounts[place] = account
            }
            return place
        }
        let placement = lanes[lane].placement
        guard !ended.contains(key), var account = accounts.remove(key) ?? adopt(flow, placement) else { return nil }
        read(flow, socket, into: &account, until: now.mono, &work)
        move(&account, to: placement, &work)
        account.seen = round
        accounts.add(account, as: key)
        return accounts.count - 1
    }

    /// Where the mark of a connection that is counted already names no path any more, somebody overwrote it: it stays in
    /// the class it was in, and is counted on.
    private mutating func kept(_ place: Int) -> Int? {
        let placement = accounts[place].placement
        guard let path = settings.paths.firstIndex(where: { $0.id == placement.path }) else { return nil }
        overwritten += 1
        return lane(of: UsageMark(path: path, trafficClass: placement.trafficClass, cameFromOutside: false).bits)
    }

    private func isCalm(_ place: Int, _ lane: Int) -> Bool {
        calm.contains(accounts[place].open) && calm.contains(now.mono)
            && accounts[place].placement == lanes[lane].placement
    }

    private mutating func end(_ flow: Flow, _ work: inout MeterWork) {
        let key = FlowKey(flow)
        guard !ended.contains(key),
            let placement = lane(of: flow.mark).map({ lanes[$0].placement }) ?? accounts[key]?.placement,
            var account = accounts.remove(key) ?? adopt(flow, placement)
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
        explain(up: growth.up, down: growth.down, account.placement)
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
    private mutating func lane(of bits: UInt32) -> Int? {
        if let known = lanes.place(of: bits) { return known }
        let mark = UsageMark(bits)
        // Probes are counted together.
        guard !mark.isProbe, let path = mark.path, settings.paths.indices.contains(path) else { return nil }
        let placement = Placement(
            path: settings.paths[path].id, trafficClass: mark.trafficClass,
            ratingGroup: settings.groups.name(of: mark.trafficClass))
        return lanes.add(Lane(placement: placement, limit: settings.limit(of: placement.path)), for: bits)
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
