extension LinkModel {
    /// Obeys a change at once. Returns how packets that are queued already move, nil when they don't.
    package mutating func apply(_ change: LinkChange, at now: Int64) -> Retiming? {
        switch change {
        case .profile(let profile): return adopt(profile.settings(direction), at: now)
        case .set(let setting, let directions):
            guard directions.contains(direction) else { return nil }
            var new = settings
            setting.apply(to: &new)
            return adopt(new, at: now)
        case .outage(let length):
            outageUntil = max(outageUntil, now + length)
            return hold(until: outageUntil, at: now)
        case .handover(let length): return handOver(length, at: now)
        case .dead(let isDead): isSilenced = isDead
        case .session(let isUp): hasSession = isUp
        case .capacity: break
        }
        return nil
    }

    private mutating func adopt(_ new: LaneSettings, at now: Int64) -> Retiming? {
        let old = settings.rate
        adopt(new)
        queue.advance(to: now)
        guard let old, new.rate != old, busyUntil > now else { return nil }
        let stretch = new.rate.map { Double(old) / Double($0) } ?? 0
        let retiming = Retiming(after: now, pivot: max(now, heldUntil), stretch: stretch, shift: 0)
        move(retiming)
        return retiming
    }

    /// A hand-over now, as long as the profile's unless `length` says.
    private mutating func handOver(_ length: Int64?, at now: Int64) -> Retiming? {
        let drawn = GapSchedule.length(settings.handover, &gapRandom)
        let end = now + (length ?? drawn)
        if settings.handover.drops { outageUntil = max(outageUntil, end) }
        return hold(until: end, at: now)
    }

    private mutating func hold(until end: Int64, at now: Int64) -> Retiming? {
        let shift = end - max(now, heldUntil)
        guard shift > 0 else { return nil }
        let pivot = max(now, heldUntil)
        heldUntil = end
        queue.advance(to: now)
        guard busyUntil > now else { return nil }
        let retiming = Retiming(after: now, pivot: pivot, stretch: 1, shift: shift)
        move(retiming)
        return retiming
    }
}
