import ControlWire
import FieldModel
import MQTTLink
import Platform

/// The topics of one machine.
struct ConsoleTopics: Sendable {
    let request: String
    let reply: String
    let command: String
    let stop: String
    let state: String
    let replyBytes: [UInt8]
    let stateBytes: [UInt8]

    init(_ settings: ConsoleSettings) {
        let topics = Topics(gateway: settings.gateway)
        request = topics.control(settings.machine, .req)
        reply = topics.control(settings.machine, .rsp)
        command = topics.control(settings.machine, .cmd)
        stop = topics.control(settings.machine, .stop)
        state = topics.control(settings.machine, .state)
        (replyBytes, stateBytes) = (Array(reply.utf8), Array(state.utf8))
    }
}

// MARK: The broker

extension ConsoleRun {
    func startDial() {
        redial = nil
        let wake = loop.wakeUp
        let connector = MQTTConnector(settings.broker, will: nil, time: time, style: .control)
        do throws(SystemError) { dial = try MQTTDial(connector, thread: "console-dial", done: wake) } catch {
            redial = time.now() + Self.redialAfter
        }
    }

    func takeBrokerEvents(at now: Instant) {
        switch dial?.take() {
        case .success(let handoff):
            dial = nil
            use(handoff.take(), at: now)
        case .failure(let fault):
            dial = nil
            lose(fault.detail, at: now)
        case nil: break
        }
        for event in connection?.takeEvents() ?? [] {
            switch event {
            case .lost(let reason): lose(reason, at: now)
            case .subscribed(let code) where code >= 0x80:
                lose("it does not let this client read \(topics.reply) and \(topics.state)", at: now)
            case .message, .acknowledged, .subscribed: break
            }
        }
    }

    private func use(_ connection: MQTTConnection, at now: Instant) {
        self.connection = connection
        let topics = topics
        connection.onMessage { [unowned self] message in
            let isState = message.isOn(topics.stateBytes)
            // What the broker kept is of no time at all.
            guard !message.retained, isState || message.isOn(topics.replyBytes), arrived.count < 256 else { return }
            arrived.append(
                Arrival(
                    isState: isState, bytes: Array(message.payload), correlation: isState ? [] : message.correlation,
                    at: time.now()))
        }
        loop.add(connection)
        connection.subscribeLive(to: topics.reply, quality: 1)
        connection.subscribeLive(to: topics.state, quality: 0)
        // The broker keeps their order: what is said next is answered on topics that are read by then.
        handle(.connected, at: now)
    }

    private func lose(_ reason: String, at now: Instant) {
        if let connection { loop.remove(connection) }
        connection = nil
        redial = now + Self.redialAfter
        handle(.brokerLost(reason), at: now)
    }

    func takeArrived() {
        guard !arrived.isEmpty else { return }
        let messages = arrived
        arrived.removeAll(keepingCapacity: true)
        for message in messages { message.isState ? takeState(message) : takeReply(message) }
    }

    private func takeReply(_ message: Arrival) {
        guard message.correlation == machine.identity.agreement.nonce else { return }
        do throws(WireFault) {
            let reply = try message.bytes.withUnsafeBufferPointer { bytes throws(WireFault) in
                try ClaimReply(document: bytes)
            }
            handle(.reply(reply), at: message.at)
        } catch {
            // Nobody signed it: it may be anybody's, so it ends nothing.
            return
        }
    }

    private func takeState(_ message: Arrival) {
        message.bytes.withUnsafeBytes { bytes in
            if let frame = seals?.state(bytes) { return handle(.state(frame, from: .broker), at: message.at) }
            if let frame = seals?.end(bytes) { return handle(.ended(frame), at: message.at) }
            // Somebody else's last word is nothing to us.
            if FrameLayout.isSealedEnd(bytes) { return }
            guard bytes.count == FrameLayout.stateBytes + BrokerSeal.macBytes,
                let frame = FrameLayout.state(UnsafeRawBufferPointer(rebasing: bytes[..<FrameLayout.stateBytes]))
            else { return handle(.forged, at: message.at) }
            // A state that says it is this session's must have its seal.
            handle(frame.session == machine.session?.number ? .forged : .unproved(frame), at: message.at)
        }
    }

    // MARK: The direct path

    func take(_ packet: UnsafeRawBufferPointer, from route: DirectRoute, at now: Instant) {
        switch seals?.open(packet, at: now) {
        case .state(let frame): handle(.state(frame, from: .direct(route)), at: now)
        case .path(let path, let counter): handle(.path(path, counter: counter, route: route), at: now)
        case .end(let frame): handle(.ended(frame), at: now)
        case .copy: handle(.copy(route), at: now)
        case .wrong: handle(.forged, at: now)
        case nil: break
        }
    }

    // MARK: Sending

    func say(_ request: ClaimRequest) {
        let reply = MQTTReply(topic: topics.reply, correlation: machine.identity.agreement.nonce)
        request.document.withUnsafeBytes {
            connection?.send($0, to: topics.request, quality: 1, expiry: 2, reply: reply)
        }
    }

    func send(_ frame: CommandFrame, broker: Bool, routes: [DirectRoute], at now: Instant) {
        if !routes.isEmpty, let packet = seals?.packet(frame, at: now) { send(packet, routes) }
        guard broker, let message = seals?.sealed(frame) else { return }
        message.withUnsafeBytes { connection?.send($0, to: topics.command) }
    }

    func send(_ frame: StopFrame, broker: Bool, routes: [DirectRoute], at now: Instant) {
        if !routes.isEmpty, let packet = seals?.packet(frame, at: now) { send(packet, routes) }
        guard broker, let message = seals?.sealed(frame) else { return }
        for quality: Int32 in [0, 1] {
            message.withUnsafeBytes { connection?.send($0, to: topics.stop, quality: quality) }
        }
    }

    /// The same bytes by every way.
    private func send(_ packet: [UInt8], _ routes: [DirectRoute]) {
        for route in routes where route.socket < ports.count { ports[route.socket].send(packet, to: route.address) }
    }
}
