import SimulatorKit

/// Start, reset and the rungs that end a dead data path.
extension Modem {
    /// Seconds from a reset to the ports' return.
    static let bootSeconds = 6.0

    mutating func restoreSettings() {
        settings = Settings()
        for place in ports.indices { ports[place] = PortState() }
        reported = [:]
    }

    /// The firmware starts anew: ports vanish for a while, sessions are gone.
    package mutating func reboot() {
        guard power != .off else { return }
        loseEverything()
        let seconds = Modem.bootSeconds + 2 * random.unit()
        power = .booting(until: now + Int64(seconds * Double(Modem.second)))
        tally.boots += 1
        settle()
    }

    package mutating func powerOff() {
        guard power != .off else { return }
        loseEverything()
        power = .off
        settle()
    }

    package mutating func powerOn() {
        guard power == .off else { return }
        power = .booting(until: now + Int64(Modem.bootSeconds * Double(Modem.second)))
        tally.boots += 1
        settle()
    }

    /// The supply goes off and on.
    package mutating func powerCycle() {
        powerOff()
        powerOn()
        reach(.power)
    }

    /// The host cuts and gives back the USB device: ports vanish, the firmware runs on with its sessions.
    package mutating func reauthoriseUSB() {
        reach(.usb)
    }

    private mutating func loseEverything() {
        if isRunning { events.append(.portsGone) }
        for cid in contexts.keys { contexts[cid]?.isActive = false }
        clockIsSet = false
        resetDue = nil
        selection = .automatic
        halfway = []
        traffic.reset()
        restoreSettings()
    }

    /// Counts the rung, and ends a dead data path that waits for just this one.
    mutating func reach(_ rung: Rung) {
        tally.rungs[rung, default: 0] += 1
        halfway.remove(rung)
        guard world.deadDataCure == rung else { return }
        endDeadData()
    }

    package mutating func beginDeadData(curedBy rung: Rung) {
        world.deadDataCure = rung
        events.append(.deadData(true))
    }

    package mutating func endDeadData() {
        guard world.deadDataCure != nil else { return }
        world.deadDataCure = nil
        events.append(.deadData(false))
    }

    package mutating func select(slot: Int) {
        guard slots.indices.contains(slot), slot != activeSlot else { return }
        activeSlot = slot
        changeCard()
        reach(.slot)
    }

    /// Puts another card in, or none.
    package mutating func insert(_ card: SIMCard?) {
        self.card = card
        changeCard()
    }

    private mutating func changeCard() {
        card?.powerUp()
        registration = .idle
        loseSessions()
        announceCard()
        settle()
    }
}
