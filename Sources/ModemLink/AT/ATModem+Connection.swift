import FieldModel
import Platform

/// Finding the modem, and finding it again.
extension ATModem {
    /// Opens the first port on which the right modem answers, and tells the modem what it needs to know.
    func connect() throws(ModemFault) {
        if engine.isOpen {
            do throws(ModemFault) {
                try engine.drain()
                collect()
                if needsSetUp { try setUp() }
                return
            } catch {
                // Gone since the last call; it may be back under another name.
                guard case .absent = error else { throw error }
            }
        }
        try find()
    }

    private func find() throws(ModemFault) {
        let paths = ATPort.resolve(settings.ports)
        guard !paths.isEmpty else {
            throw .absent(
                "there is no port \(settings.ports.joined(separator: ", ")): is the modem plugged in and powered? "
                    + "`ls -l /dev/serial/by-id` shows the ports there are")
        }
        var faults: [ModemFault] = []
        for path in paths {
            do throws(ModemFault) {
                try engine.open(path)
                try begin()
                return
            } catch {
                engine.close()
                faults.append(error)
            }
        }
        guard faults.count > 1 else { throw faults[0] }
        throw .absent("no port has the modem: " + faults.map(\.reason).joined(separator: "; "))
    }

    private func begin() throws(ModemFault) {
        try setUp()
        let known = settings.imei ?? identity.imei
        var found = ModemIdentity()
        found.imei = IdentityReply.imei(try answer(profile.identity.imei))
        guard known.isEmpty || found.imei == known else {
            throw .absent(
                "the modem on \(engine.path) is another one (IMEI ending in \(found.imei.suffix(4)), not in "
                    + "\(known.suffix(4))): plug the right one in, or correct `imei`")
        }
        found.manufacturer = IdentityReply.word(try answer(profile.identity.manufacturer))
        found.model = IdentityReply.word(try answer(profile.identity.model))
        found.revision = IdentityReply.word(try answer(profile.identity.revision))
        if found.imei != identity.imei { order = CounterOrder(profile.counters?.order ?? .calibrate) }
        identity = found
        if settings.profiles.count > 1 { try choose() }
    }

    private func choose() throws(ModemFault) {
        let chosen = ModemProfile.choose(
            settings.profiles, manufacturer: identity.manufacturer, model: identity.model)
        guard chosen != profile else { return }
        profile = chosen
        order = CounterOrder(chosen.counters?.order ?? .calibrate)
        try setUp()
    }

    /// Numbers instead of words for errors, no echo, and the profile's own commands.
    private func setUp() throws(ModemFault) {
        engine.bareNotices = profile.notices.restarted + profile.notices.sessionLost + profile.notices.ignored
        try greet()
        for command in ["ATE0", "AT+CMEE=1"] { try tell(command) }
        try engine.learnMarker(timeout: profile.timeouts.command)
        for command in profile.setUp { try tell(command) }
        collect()
        needsSetUp = false
    }

    /// The first AT may be lost: the modem finds the line's speed by it, or was in the middle of something.
    private func greet() throws(ModemFault) {
        let patience = min(profile.timeouts.command, .seconds(1))
        for _ in 0..<2 {
            do throws(ModemFault) {
                _ = try send(ATRequest("AT", timeout: patience, informs: false))
                return
            } catch {
                switch error {
                case .timeout: continue
                case .refused: return
                default: throw error
                }
            }
        }
        throw .timeout(
            "\(engine.path): no answer to AT; is this the modem's AT port? If it is, the modem hangs: reset it or switch it "
                + "off and on")
    }

    private func tell(_ command: String) throws(ModemFault) {
        do throws(ModemFault) {
            _ = try send(ATRequest(command, timeout: profile.timeouts.command, informs: false))
        } catch {
            // A modem that does not know the command does without.
            guard case .refused = error else { throw error }
        }
    }

    /// After a reset: waits until the modem says that it has started, or its port has gone and come back, or it answers
    /// again after a while.
    func awaitRestart() throws(ModemFault) {
        let deadline = time.now() + profile.timeouts.restart
        needsSetUp = true
        if try heardRestart(until: min(deadline, time.now() + .seconds(10)), deadline) { return try setUp() }
        var last: ModemFault?
        while time.now() < deadline {
            do throws(ModemFault) {
                if engine.isOpen { try setUp() } else { try find() }
                return
            } catch {
                last = error
            }
            Pause(time: time).until(min(deadline, time.now() + .milliseconds(500)))
        }
        throw .timeout(
            "the modem did not come back within \(profile.timeouts.restart.inSeconds) s of its reset: "
                + (last?.reason ?? "no port"))
    }

    /// False when the port went away, or nothing was said.
    private func heardRestart(until patience: Instant, _ deadline: Instant) throws(ModemFault) -> Bool {
        let words = profile.notices.restarted
        do throws(ModemFault) {
            let heard = try engine.listen(until: patience) { line in words.contains { line.hasPrefix($0) } }
            collect()
            return heard
        } catch {
            guard case .absent = error else { throw error }
            return false
        }
    }
}

extension ModemFault {
    /// The words without the kind.
    var reason: String {
        switch self {
        case .absent(let text), .timeout(let text), .garbled(let text), .unsupported(let text): text
        case .refused(let command, let reply): "\(command) was refused: \(reply)"
        }
    }
}
