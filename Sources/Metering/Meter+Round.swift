import FieldModel

/// A look at everything.
extension Meter {
    /// A connection that neither a dump shows nor an event ended: its end was lost.
    static let missesUntilLost = 2

    mutating func take(_ reading: MeterRound, _ work: inout MeterWork) {
        // A look that saw no connections says nothing of those that it did not see.
        if reading.flows != nil, reading.isDrained { round += 1 }
        overwritten = 0
        let before = lastLook
        for path in reading.paths {
            read(path, &work)
            gather(path, &work)
        }
        if let flows = reading.flows {
            take(flows, SocketTable(reading.sockets), &work)
            tellOfMarks(&work)
            if reading.isDrained { closeWhatVanished(&work) }
        }
        // Half a look would find everything missing that it did not look at.
        if reading.flows != nil, reading.isDrained { balance(reading.paths, &work) }
        measurePace(since: before)
        cutWhatIsDue(&work)
        cutUnits(isLast: false, &work)
        recordBalances(isLast: false, &work)
        keep(&work)
        ended.forget(before: round)
        planLook()
    }

    private mutating func closeWhatVanished(_ work: inout MeterWork) {
        let gone = accounts.indices.filter {
            round - accounts[$0].seen >= Self.missesUntilLost && !accounts[$0].isGathered
        }
        for key in gone.map({ accounts.key(at: $0) }) {
            guard var account = accounts.remove(key) else { continue }
            let notes = [UsageNote("connection", "\(account.connection.id)")]
            work.drafts.append(gap("end_lost", account.placement.path, from: account.lastRead, notes))
            work.drafts.append(draft(.stop, &account, at: account.lastRead, .abnormal))
            forgotten.append(account.connection)
            vanished.insert(account, close: wall.name(account.lastRead))
        }
        // What records left open and no dump shows has ended while nobody looked.
        guard round > Self.missesUntilLost else { return }
        for known in resumable.values.sorted(by: { $0.connection.id < $1.connection.id }) where !isGathered(known) {
            closeUnseen(known, &work)
        }
        resumable = resumable.filter { isGathered($0.value) }
    }

    private mutating func closeUnseen(_ known: Resumable, _ work: inout MeterWork) {
        var account = ConnectionAccount(
            known.connection, known.placement, cameFromOutside: false, open: wall.instant(known.close), seen: round)
        account.connection.part += known.hasPart ? 1 : 0
        (account.up, account.down) = (known.up, known.down)
        let notes = [UsageNote("connection", "\(account.connection.id)")]
        work.drafts.append(gap("end_lost", account.placement.path, from: account.open, notes))
        work.drafts.append(draft(.stop, &account, at: account.open, .abnormal))
        forgotten.append(account.connection)
        vanished.insert(account, close: known.close)
    }

    /// Said once, when it begins.
    private mutating func tellOfMarks(_ work: inout MeterWork) {
        defer { areMarksOverwritten = overwritten > 0 }
        guard overwritten > 0, !areMarksOverwritten else { return }
        let detail =
            "another program overwrites the marks of connections (\(overwritten) so far): those are counted on in their "
            + "class, new ones are unattributed; nft list ruleset shows who sets 'ct mark'"
        work.drafts.append(gap("marks_overwritten", nil, from: lastLook ?? now.mono, [UsageNote("detail", detail)]))
        work.alarms.append(MeterAlarm("marks_overwritten", detail))
    }

    private mutating func measurePace(since before: Instant?) {
        defer {
            lastLook = now.mono
            grown = 0
        }
        guard let before else { return }
        let seconds = before.duration(to: now.mono).inSeconds
        if seconds > 0.05 { pace = Double(grown) / seconds }
    }

    /// Totals of what changed since they were last kept.
    private mutating func keep(_ work: inout MeterWork) {
        for place in accounts.indices where accounts[place].isChanged {
            work.kept.append(totals(of: accounts[place]))
            accounts[place].isChanged = false
        }
        work.forgotten += forgotten
        forgotten = []
    }

    private func totals(of account: ConnectionAccount) -> LiveTotals {
        LiveTotals(
            connection: account.connection, up: account.up.billable, down: account.down.billable,
            read: wall.name(account.lastRead))
    }

    // MARK: The end of the process

    mutating func stop(_ work: inout MeterWork) {
        guard !isStopped else { return }
        isStopped = true
        for place in accounts.indices {
            var account = accounts[place]
            cut(&account, at: now.mono, .mgmt, &work)
            accounts[place] = account
        }
        cutUnits(isLast: true, &work)
        recordBalances(isLast: true, &work)
        var draft = UsageDraft(.shutdown, times: times(from: now.mono, to: now.mono))
        draft.cause = .mgmt
        draft.boot = settings.boot
        draft.notes = [UsageNote("connections", "\(accounts.count)")]
        work.drafts.append(draft)
        keep(&work)
    }
}
