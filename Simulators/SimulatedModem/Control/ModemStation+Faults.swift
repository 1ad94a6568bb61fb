import SimulatorKit

/// Faults in force, and ports that go away. Durations are the tester's own time, whatever the time scale.
extension ModemStation {
    func setFault(_ words: [String]) throws(ControlFault) -> JSON {
        var words = words
        let lasting = try Nanoseconds.takeLasting(&words)
        begin(try ModemFault.parse(words))
        if let lasting { end(faultNumber, after: lasting) }
        return .done
    }

    private func begin(_ fault: ModemFault) {
        faultNumber += 1
        self.fault = fault
        modem.endDeadData()
        switch fault {
        case .deadData(let rung): modem.beginDeadData(curedBy: rung)
        case .rebootLoop(let period): reboot(faultNumber, each: period)
        default: break
        }
    }

    private func end(_ number: Int, after duration: Int64) {
        reactor.after(duration) { [weak self] in
            guard let self, faultNumber == number else { return }
            begin(.none)
            catchUp()
        }
    }

    private func reboot(_ number: Int, each period: Int64) {
        modem.reboot()
        reactor.after(period) { [weak self] in
            guard let self, faultNumber == number else { return }
            reboot(number, each: period)
            catchUp()
        }
    }

    func vanish(_ words: [String]) throws(ControlFault) -> JSON {
        guard let duration = words.first else { throw ControlFault("accepted: vanish DURATION [rename LINK]") }
        let nanoseconds = try Nanoseconds.parse(duration)
        if words.count == 3, words[1] == "rename" {
            guard let line = ports.lazy.compactMap({ $0.line as? TerminalLine }).first else {
                throw ControlFault("only a port on a pseudo-terminal can get another name")
            }
            vanish(for: nanoseconds)
            line.rename(words[2])
        } else {
            guard words.count == 1 else { throw ControlFault("accepted: vanish DURATION [rename LINK]") }
            vanish(for: nanoseconds)
        }
        return .done
    }

    /// The firmware runs on meanwhile.
    func vanish(for nanoseconds: Int64) {
        hide(.vanished)
        modem.forgetPorts()
        reactor.after(nanoseconds) { [weak self] in self?.show(.vanished) }
    }
}
