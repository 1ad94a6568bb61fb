import CSystem
import ControlWire
import FieldModel
import Foundation
import MQTTLink
import Platform
import Signing

/// The gateway's side of a session, as small as it can be: a handshake, states, and a record of what came. It judges
/// nothing; that is the gateway's own business.
final class TestGateway: Sendable {
    struct Plan: Sendable {
        /// Signs the nameplate, and the offer.
        var machine = SigningKey()
        var signer: SigningKey?
        /// Source addresses of the direct paths.
        var paths: [String] = []
        var flags: StateFrame.Flags = [.watchdogOK, .standstill, .neutral]
        var isWaiting = false
        var refusal: String?
        /// As a gateway whose states do not arrive.
        var isMute = false
        var isMuteOnDirect = false
        var roster = Roster(operators: [])
    }

    struct Record: Sendable {
        var hello: ClaimRequest.Hello?
        var tookWith: SigningKey?
        var isSignatureRight = false
        var commands: [CommandFrame] = []
        var directCommands: [(path: Int, frame: CommandFrame, packet: [UInt8])] = []
        var stops: [StopFrame] = []
        var signedStops: [StopFrame] = []
        var directStops: [(path: Int, frame: StopFrame)] = []
        var wrong = 0
        var state = StateFrame()
        /// What went out last on MQTT and by the first path: to be sent again by an attacker.
        var lastMessage: [UInt8] = []
        var lastPacket: [UInt8] = []
    }

    static let session: UInt32 = 77
    static let topics = Topics(gateway: "gw")
    static func topic(_ part: Topics.Control) -> String { topics.control("loader-1", part) }

    let plan: Monitor<Plan>
    let record = Monitor(Record())
    let operatorKey: VerifyingKey
    private let isOver = Flag()
    private let thread = Monitor<OwnerThread?>(nil)

    init(_ broker: BrokerSettings, _ plan: Plan = Plan(), operatorKey: VerifyingKey) throws {
        (self.plan, self.operatorKey) = (Monitor(plan), operatorKey)
        let connection = try MQTTConnector(
            broker, will: nil, time: SystemTime(source: .system), style: .control
        ).connect()
        let work = Handoff(try GatewayWork(connection, plan: self.plan, record: record, operatorKey: operatorKey))
        let isOver = isOver
        let started = try OwnerThread(name: "test-gateway") { work.take().run(until: isOver) }
        thread.withLock { $0 = started }
    }

    deinit {
        isOver.store(true)
        thread.withLock { $0 }?.join()
    }

    static let nameplate = Nameplate(
        gateway: "gw", machine: "loader-1", title: "Wheel loader", serial: "WL-1", owner: "Quarry", location: "Pit 3",
        software: "1", configuration: "c", profile: 0x0102, axes: ["travel", "steer", "lift"], buttons: ["horn"],
        topSpeed: "10 km/h", creepSpeed: "2 km/h")
}

/// What runs on the gateway's thread.
private final class GatewayWork: EventSource {
    private let connection: MQTTConnection
    private let plan: Monitor<TestGateway.Plan>
    private let record: Monitor<TestGateway.Record>
    private let operatorKey: VerifyingKey
    private let loop: EventLoop
    private let time = SystemTime(source: .system)
    private var agreement = KeyAgreement()
    private var transcript: Transcript?
    private var reply: MQTTReply?
    private var seals: (command: BrokerSeal, stop: BrokerSeal, state: BrokerSeal)?
    private var sealer: DirectSealer?
    private var opener: DirectOpener?
    private var sockets: [Int32] = []
    private var peers: [(address: sockaddr_storage, length: Int32)] = []
    private var state = StateFrame()
    private var next: Instant
    private var rounds = 0

    let descriptor: Int32 = -1
    let interest: EventInterest = []
    var deadline: Instant? { next }

    init(
        _ connection: MQTTConnection, plan: Monitor<TestGateway.Plan>, record: Monitor<TestGateway.Record>,
        operatorKey: VerifyingKey
    ) throws {
        (self.connection, self.plan, self.record, self.operatorKey) = (connection, plan, record, operatorKey)
        loop = try EventLoop(time: time)
        next = time.now()
        for path in plan.withLock({ $0.paths }) {
            var local = sockaddr_storage()
            let length = fg_network_address(&local, path, 0)
            sockets.append(try SystemError.check(fg_datagram_socket(&local, length)))
        }
    }

    deinit { for socket in sockets { close(socket) } }

    func run(until isOver: Flag) {
        loop.add(connection)
        loop.add(self)
        connection.onMessage { [unowned self] message in take(message) }
        connection.subscribeLive(to: TestGateway.topic(.req), quality: 1)
        connection.subscribeLive(to: TestGateway.topic(.cmd), quality: 0)
        connection.subscribeLive(to: TestGateway.topic(.stop), quality: 1)
        loop.run { _ in
            _ = connection.takeEvents()
            return !isOver.load()
        }
        loop.remove(self)
        loop.remove(connection)
        connection.disconnect()
    }

    func ready(_ events: EventInterest, at now: Instant) {
        guard now >= next else { return }
        next = next + .milliseconds(20)
        if next < now { next = now }
        rounds += 1
        for (path, socket) in sockets.enumerated() { receive(socket, path, at: now) }
        publish(at: now)
    }

    // MARK: The handshake

    private func take(_ message: MQTTMessage) {
        let payload = message.payload
        if message.isOn(Array(TestGateway.topic(.cmd).utf8)) { return command(payload) }
        if message.isOn(Array(TestGateway.topic(.stop).utf8)) { return stop(payload) }
        guard let request = try? ClaimRequest(document: payload.bindMemory(to: UInt8.self)) else { return }
        switch request {
        case .hello(let hello):
            guard let topic = message.replyTopic else { return }
            reply = MQTTReply(topic: topic, correlation: message.correlation)
            offer(hello)
        case .take(_, let signature): grant(signature)
        }
    }

    private func offer(_ hello: ClaimRequest.Hello) {
        let plan = plan.withLock { $0 }
        record.withLock { $0.hello = hello }
        if let refusal = plan.refusal { return say(.refused(session: 0, reason: refusal, detail: "by the test")) }
        let document = TestGateway.nameplate.document(signedBy: plan.machine)
        let transcript = Transcript(
            purpose: hello.purpose, gateway: "gw", machine: "loader-1", operatorID: hello.operatorID, role: .supervisor,
            consoleKey: hello.key, gatewayKey: agreement.publicKey, consoleNonce: hello.nonce,
            gatewayNonce: agreement.nonce, epoch: 5, session: TestGateway.session,
            nameplate: Nameplate.hash(document), direct: hello.direct)
        self.transcript = transcript
        let signature = (plan.signer ?? plan.machine).sign(transcript.signed(by: .gateway))
        say(
            .offer(
                .init(
                    session: TestGateway.session, epoch: 5, role: .supervisor, key: agreement.publicKey,
                    nonce: agreement.nonce, nameplate: document, signature: signature)))
    }

    private func grant(_ signature: [UInt8]) {
        guard let transcript, let keys = agreement.keys(with: transcript.consoleKey, transcript) else { return }
        let isRight = operatorKey.verifies(signature, of: transcript.signed(by: .console))
        record.withLock { $0.isSignatureRight = isRight }
        if plan.withLock({ $0.isWaiting }) { say(.waiting(session: TestGateway.session)) }
        let now = time.now()
        seals = (
            BrokerSeal(keys.toGateway, topic: TestGateway.topic(.cmd)),
            BrokerSeal(keys.toGateway, topic: TestGateway.topic(.stop)),
            BrokerSeal(keys.toConsole, topic: TestGateway.topic(.state))
        )
        sealer = DirectSealer(keys.directToConsole, tag: keys.tag, start: now)
        opener = DirectOpener(keys.directToGateway, tag: keys.tag, start: now)
        (state.session, state.epoch, state.phase) = (TestGateway.session, 5, .requested)
        peers = transcript.direct.compactMap(Self.address)
        say(.granted(session: TestGateway.session, epoch: 5))
    }

    private func say(_ answer: ClaimReply) {
        if let reply { connection.answer(answer.document, reply) }
    }

    private static func address(_ text: String) -> (address: sockaddr_storage, length: Int32)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var address = sockaddr_storage()
        let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
        return (address, fg_network_address(&address, host, port)).1 > 0
            ? (address, Int32(MemoryLayout<sockaddr_in>.size)) : nil
    }

    // MARK: Frames

    private func command(_ message: UnsafeRawBufferPointer) {
        guard let frame = seals?.command.open(message).flatMap(FrameLayout.command) else {
            return record.withLock { $0.wrong += 1 }
        }
        record.withLock { $0.commands.append(frame) }
        follow(frame)
    }

    private func stop(_ message: UnsafeRawBufferPointer) {
        let roster = plan.withLock { $0.roster }
        if let (frame, _) = SignedStop.open(message, topic: TestGateway.topic(.stop), roster: roster) {
            record.withLock { $0.signedStops.append(frame) }
            if state.phase == .idle { state.phase = .armed }
            return follow(frame)
        }
        guard let frame = seals?.stop.open(message).flatMap(FrameLayout.stop) else {
            (state.rejects, state.lastReject) = (state.rejects + 1, .badMAC)
            return record.withLock { $0.wrong += 1 }
        }
        record.withLock { $0.stops.append(frame) }
        follow(frame)
    }

    private func receive(_ socket: Int32, _ path: Int, at now: Instant) {
        var buffer = [UInt8](repeating: 0, count: 256)
        var source = sockaddr_storage()
        var length: Int32 = 0
        while true {
            let count = fg_datagram_receive(socket, &buffer, buffer.count, &source, &length)
            guard count > 0 else { return }
            let packet = Array(buffer[..<Int(count)])
            var body = [UInt8](repeating: 0, count: 128)
            // Every path gets the same bytes: each has an opener of its own here, to see them all.
            var own = opener
            let outcome = packet.withUnsafeBytes { packet in
                body.withUnsafeMutableBytes { own?.open(packet, into: $0, at: now) ?? .wrong }
            }
            guard case .body(let size, _) = outcome else {
                record.withLock { $0.wrong += 1 }
                continue
            }
            let plain = body[..<size]
            if let frame = plain.withUnsafeBytes(FrameLayout.command) {
                record.withLock { $0.directCommands.append((path, frame, packet)) }
                follow(frame)
            } else if let frame = plain.withUnsafeBytes(FrameLayout.stop) {
                record.withLock { $0.directStops.append((path, frame)) }
                follow(frame)
            }
        }
    }

    /// The bare outline of the session's phases.
    private func follow(_ frame: CommandFrame) {
        guard frame.sequence > state.lastCommand else { return }
        state.lastCommand = frame.sequence
        if !frame.flags.contains(.enable) { state.flags.insert(.enableSeenLow) }
        switch state.phase {
        case .requested where frame.sequence >= 5: state.phase = .armed
        case .armed where frame.flags.contains(.enable): (state.phase, state.cause) = (.active, .enabled)
        case .active where !frame.flags.contains(.enable): (state.phase, state.cause) = (.armed, .enableReleased)
        case .safeStop where frame.acknowledgedStop == state.stopNumber && frame.acknowledgedStop > 0:
            (state.phase, state.cause) = (.armed, .acknowledged)
        default: break
        }
        if frame.flags.contains(.release) { (state.phase, state.cause) = (.idle, .released) }
        state.written = state.phase == .active ? frame.axes : .rest
        state.readBack = state.written
    }

    private var stopsSeen: Set<UInt64> = []

    private func follow(_ stop: StopFrame) {
        guard state.phase.isOpen, stopsSeen.insert(stop.id).inserted else { return }
        state.stopNumber += 1
        (state.phase, state.cause, state.written, state.readBack) = (.safeStop, .stopped, .rest, .rest)
    }

    private func publish(at now: Instant) {
        let plan = plan.withLock { $0 }
        guard !plan.isMute, seals != nil || rounds % 10 == 0 else { return }
        state.sequence += 1
        state.time = UInt64(now.nanoseconds / 1000)
        state.flags.formUnion(plan.flags)
        state.speedCap = 1000
        var message = [UInt8](repeating: 0, count: FrameLayout.stateBytes + BrokerSeal.macBytes)
        message.withUnsafeMutableBytes { bytes in
            let body = UnsafeMutableRawBufferPointer(rebasing: bytes[..<FrameLayout.stateBytes])
            FrameLayout.write(state, into: body)
            seals?.state.seal(
                UnsafeRawBufferPointer(body),
                into: UnsafeMutableRawBufferPointer(rebasing: bytes[FrameLayout.stateBytes...]))
        }
        message.withUnsafeBytes { connection.send($0, to: TestGateway.topic(.state)) }
        let body = Array(message[..<FrameLayout.stateBytes])
        record.withLock { record in
            record.state = state
            record.lastMessage = message
        }
        guard !plan.isMuteOnDirect, sealer != nil, !sockets.isEmpty else { return }
        let packet = seal(body, at: now)
        record.withLock { $0.lastPacket = packet }
        for path in sockets.indices { send(packet, path) }
        guard rounds % 10 == 1 else { return }
        for path in sockets.indices {
            var body = [UInt8](repeating: 0, count: FrameLayout.pathBytes)
            body.withUnsafeMutableBytes {
                FrameLayout.writePath(UInt8(path), session: TestGateway.session, into: $0)
            }
            send(seal(body, at: now), path)
        }
    }

    private func seal(_ body: [UInt8], at now: Instant) -> [UInt8] {
        var packet = [UInt8](repeating: 0, count: body.count + 31)
        _ = body.withUnsafeBytes { body in
            packet.withUnsafeMutableBytes { sealer?.seal(body, into: $0, at: now) }
        }
        return packet
    }

    /// Path n goes to the console's n-th address, or to its last.
    private func send(_ packet: [UInt8], _ path: Int) {
        guard var peer = peers[safe: min(path, peers.count - 1)] else { return }
        _ = fg_datagram_send(sockets[path], packet, packet.count, &peer.address, peer.length)
    }
}

extension Array {
    fileprivate subscript(safe place: Int) -> Element? { indices.contains(place) ? self[place] : nil }
}
