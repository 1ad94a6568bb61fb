import SimulatorKit

/// Bytes in, answers out.
extension ModemStation {
    func receive(_ bytes: [UInt8], on place: Int) {
        catchUp()
        guard fault != .hang, modem.power == .on else { return }
        if case .online = modem.ports[place].mode { return receiveData(bytes, on: place) }
        if modem.ports[place].echo { ports[place].line.send(bytes) }
        for byte in bytes { take(byte, on: place) }
    }

    /// Data go nowhere; +++ leads back to commands.
    private func receiveData(_ bytes: [UInt8], on place: Int) {
        guard bytes == Array("+++".utf8) else { return }
        modem.escape(port: place)
        send(Reply.ok.text(modem.format(port: place)), on: place)
    }

    private func take(_ byte: UInt8, on place: Int) {
        var isMessage = false
        if case .message = modem.ports[place].mode { isMessage = true }
        switch ports[place].reader.receive(byte, isMessage: isMessage) {
        case .line(let line):
            guard ports[place].waiting.count < ATPort.longestQueue else { return }
            ports[place].waiting.append(line)
            serveNext(on: place)
        case .message(let text):
            deliver(modem.finishMessage(text, port: place, at: now), to: text ?? "", on: place)
        case nil: break
        }
    }

    private func serveNext(on place: Int) {
        guard !ports[place].isBusy, !ports[place].waiting.isEmpty else { return }
        let line = ports[place].waiting.removeFirst()
        // The format before the command: ATV0 is answered in the old one by some, in the new one by most.
        let reply = modem.execute(line, port: place, at: now)
        deliver(reply, to: line, on: place)
    }

    private func deliver(_ reply: Reply, to line: String, on place: Int) {
        let answer = Array(reply.text(modem.format(port: place)).utf8)
        let bytes = fault.distort(answer, to: line, &random)
        var delay = Int64(Double(reply.delay) / timeScale)
        if case .slow(let more) = fault { delay += more }
        ports[place].isBusy = true
        let generation = ports[place].generation
        // Events of the command, such as a session's, do not wait for the answer.
        catchUp()
        reactor.after(delay) { [weak self] in
            guard let self, ports[place].generation == generation else { return }
            if !answer.isEmpty { ports[place].line.send(bytes) }
            ports[place].isBusy = false
            serveNext(on: place)
        }
    }

    func send(_ text: String, on place: Int) {
        guard fault != .hang else { return }
        ports[place].line.send(Array(text.utf8))
    }

    func perform(_ events: [ModemEvent]) {
        for event in events {
            switch event {
            case .unsolicited(let line): announce(line)
            case .carrierLost: loseCarrier()
            case .portsGone: hide(.firmware)
            case .portsBack: show(.firmware)
            case .session(let up): link?.tell("session \(up ? "up" : "down")")
            case .deadData(let on): link?.tell("dead \(on ? "on" : "off")")
            }
        }
    }

    private func announce(_ line: String) {
        for place in ports.indices {
            if case .online = modem.ports[place].mode { continue }
            send("\r\n\(line)\r\n", on: place)
        }
    }

    private func loseCarrier() {
        for place in ports.indices {
            guard case .online = modem.ports[place].mode else { continue }
            modem.escape(port: place)
            send("\r\nNO CARRIER\r\n", on: place)
        }
    }

    func hide(_ absence: Absence) {
        absences.insert(absence)
        for place in ports.indices {
            ports[place].line.close()
            ports[place].forget()
        }
    }

    /// A port whose place is taken by then stays away; the next return tries again.
    func show(_ absence: Absence) {
        absences.remove(absence)
        guard absences.isEmpty else { return }
        for port in ports { try? port.line.open() }
    }
}
