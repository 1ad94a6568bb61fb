import FieldModel

/// The truth of a path against its connections.
///
/// Going up, what the shaper's class sent is the truth, and connections split it: what the shaper threw away is taken
/// off them, what none explains is recorded as unattributed. Coming down there is no shaper, so the interface is the
/// truth, and a difference is recorded only.
extension Meter {
    /// Reads the counters of a path. Of those that fail nothing is known of the time before.
    mutating func read(_ path: PathReading, _ work: inout MeterWork) {
        guard settings.paths.contains(where: { $0.id == path.path }) else { return }
        shape(path.path, Set(path.classes.map(\.trafficClass)))
        let other: (sent: Flow.Count?, received: Flow.Count?) =
            path.isNamed ? (path.otherSent, path.otherReceived) : (nil, nil)
        for reading in path.classes {
            let count = Flow.Count(bytes: reading.bytes, packets: reading.packets)
            let key = BalanceKey(path: path.path, trafficClass: reading.trafficClass)
            let before = balances[key]?.truth ?? 0
            // What is no IP has no class of its own, so it goes with bulk.
            let hasOther = reading.trafficClass == Self.rest(of: shaped[path.path] ?? [])
            read(count, hasOther ? other.sent : Flow.Count(), path, key, &work)
            let growth = (balances[key]?.truth ?? 0) - before
            balances[BalanceKey(path: path.path, trafficClass: BalanceKey.whole), default: .init()].explain(growth)
            balances[key]?.queue(Int64(clamping: reading.backlog), drops: reading.drops)
        }
        let whole = BalanceKey(path: path.path, trafficClass: BalanceKey.whole)
        let down = BalanceKey(path: path.path, trafficClass: BalanceKey.whole, isDown: true)
        read(path.sent, other.sent, path, whole, &work)
        read(path.received, other.received, path, down, &work)
        if path.isNamed { strays[path.path, default: StrayAccount()].take(path.strays) }
    }

    private mutating func read(
        _ count: Flow.Count, _ other: Flow.Count?, _ path: PathReading, _ key: BalanceKey,
        _ work: inout MeterWork
    ) {
        let fault = balances[key, default: BalanceAccount()].read(
            count, header: path.header, other: other, at: path.at, limit: settings.limit(of: path.path))
        guard let fault else { return }
        if !fault.isHarmless {
            broken.insert(key)
            if key.trafficClass != BalanceKey.whole {
                broken.insert(BalanceKey(path: path.path, trafficClass: BalanceKey.whole))
            }
        }
        let counter = key.name
        let notes = [UsageNote("counter", counter), UsageNote("detail", fault.detail)]
        work.drafts.append(gap(fault.name, path.path, from: lastLook ?? path.at, notes))
        work.alarms.append(MeterAlarm(fault.name, path: path.path, "\(counter): \(fault.detail)"))
    }

    /// A shaper that came, went or changed its classes: balances begin anew.
    private mutating func shape(_ path: String, _ classes: Set<UInt16>) {
        guard shaped[path] != classes else { return }
        if let old = shaped[path] {
            for trafficClass in old.union(classes) { broken.insert(BalanceKey(path: path, trafficClass: trafficClass)) }
            broken.insert(BalanceKey(path: path, trafficClass: BalanceKey.whole))
        }
        shaped[path] = classes
    }

    /// Which account explains for a connection of this class: its own, or that of whatever has none.
    func upKey(_ placement: Placement) -> BalanceKey {
        let classes = shaped[placement.path] ?? []
        return BalanceKey(path: placement.path, trafficClass: Self.payer(of: placement.trafficClass, classes))
    }

    /// `classes` are those of the path's shaper.
    private static func payer(of trafficClass: UInt16, _ classes: Set<UInt16>) -> UInt16 {
        classes.contains(trafficClass) ? trafficClass : rest(of: classes)
    }

    /// What has no class of its own is bulk.
    private static func rest(of classes: Set<UInt16>) -> UInt16 {
        classes.contains(UsageMark.bulk) ? UsageMark.bulk : classes.max() ?? BalanceKey.whole
    }

    mutating func explain(up: Int64, down: Int64, _ placement: Placement) {
        balances[upKey(placement), default: BalanceAccount()].explain(up)
        let downKey = BalanceKey(path: placement.path, trafficClass: BalanceKey.whole, isDown: true)
        balances[downKey, default: BalanceAccount()].explain(down)
        grown += up + down
    }

    /// What lanes have gathered.
    mutating func explainLanes() {
        for place in lanes.indices {
            explain(up: lanes[place].up, down: lanes[place].down, lanes[place].placement)
            (lanes[place].up, lanes[place].down) = (0, 0)
        }
    }

    /// Ends a look: what connections claim beyond the truth is taken off them.
    mutating func balance(_ paths: [PathReading], _ work: inout MeterWork) {
        for path in paths {
            for key in balances.keys where key.path == path.path {
                balances[key]?.look(isBroken: broken.contains(key))
                let excess = excess(of: key)
                guard excess > 0 else { continue }
                takeOff(excess, key)
                if self.excess(of: key) > 0, now.mono >= nextLookBack { work.wantsLookBack = true }
            }
            if broken.contains(where: { $0.path == path.path }) { generations[path.path, default: 0] += 1 }
            broken = broken.filter { $0.path != path.path }
            spans[path.path] = path.span
        }
    }

    /// What connections claim of it beyond the truth going up, for sure.
    func excess(of key: BalanceKey) -> Int64 {
        // With a shaper, the classes are what explains the whole.
        if key.isDown || (key.trafficClass == BalanceKey.whole && shaped[key.path]?.isEmpty == false) { return 0 }
        return balances[key]?.excess ?? 0
    }

    /// In proportion to what is open of each connection, the rest of the division from the largest.
    private mutating func takeOff(_ excess: Int64, _ key: BalanceKey) {
        let open = openPlaces(of: key)
        let total = open.reduce(UInt64(0)) { $0 + accounts[$1].up.pending }
        guard total > 0 else { return }
        let wanted = min(UInt64(excess), total)
        var left = wanted
        for place in open {
            let (high, low) = wanted.multipliedFullWidth(by: accounts[place].up.pending)
            left -= take(total.dividingFullWidth((high, low)).quotient, off: place)
        }
        if left > 0, let largest = open.max(by: hasLessOpen) { left -= take(left, off: largest) }
        if left > 0 { for place in open.sorted(by: hasLessOpen).reversed() { left -= take(left, off: place) } }
        balances[key]?.takeOff(Int64(wanted - left))
    }

    /// Where the connections are that this account explains for, and that have something open.
    private func openPlaces(of key: BalanceKey) -> [Int] {
        let classes = shaped[key.path] ?? []
        return accounts.indices.filter { place in
            accounts[place].up.pending > 0 && accounts[place].placement.path == key.path
                && Self.payer(of: accounts[place].placement.trafficClass, classes) == key.trafficClass
        }
    }

    private func hasLessOpen(_ one: Int, _ other: Int) -> Bool {
        (accounts[one].up.pending, accounts[one].connection.id)
            < (accounts[other].up.pending, accounts[other].connection.id)
    }

    private mutating func take(_ bytes: UInt64, off place: Int) -> UInt64 {
        guard bytes > 0 else { return 0 }
        let taken = accounts[place].up.take(off: bytes)
        accounts[place].isChanged = true
        accounts[place].takenOff += taken
        return taken
    }
}

extension BalanceKey {
    /// For people and notes.
    var name: String {
        if isDown { return "interface received" }
        return trafficClass == Self.whole ? "interface sent" : "class 0x\(String(trafficClass, radix: 16))"
    }
}
