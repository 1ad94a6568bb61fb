import Control
import ControlWire
import DirectLink
import FieldModel
import Logging
import MQTTLink
import Platform

/// One machine's remote control at work: the session decides, this carries out. Belongs to the control loop.
package final class ControlStation {
    /// What stations share.
    package struct Surroundings {
        let log: any ControlLog
        let inbox: ControlInbox
        let direct: (any DirectPaths)?
        let logger: Logger
        let active: ControlActivity

        package init(
            log: any ControlLog, inbox: ControlInbox, direct: (any DirectPaths)?, logger: Logger,
            active: ControlActivity
        ) {
            self.log = log
            self.inbox = inbox
            self.direct = direct
            self.logger = logger
            self.active = active
        }
    }

    package let device: String
    package let topics: ControlTopics
    package private(set) var session: SessionMachine
    private var registers: ControlRegisters
    private let bus: any ControlBus
    private var claims: ClaimDesk
    private let roster: Roster
    private let around: Surroundings
    package private(set) var seals: ControlSeals?
    /// Granted keys that wait for the session's word.
    private var taken: [UInt32: ClaimDesk.Taken] = [:]
    private var farewell: Farewell?
    /// A claim that was granted and then refused: its console knows why.
    private var refused: UInt32?
    /// As it was told last.
    private var watchdogFault: String?
    private var underWay: BusOrder?
    /// What the reads of a report brought so far, and when the first was asked.
    private var reportParts: [[UInt16]] = []
    private var reportAsked = Instant(nanoseconds: 0)
    private var nextState: Instant
    private var nextPathFrame: Instant
    private var body = [UInt8](repeating: 0, count: FrameLayout.stateBytes + BrokerSeal.macBytes)
    private var packet = [UInt8](repeating: 0, count: DirectSocket.longest)
    private var opened = [UInt8](repeating: 0, count: DirectSocket.longest)
    private let isDirect: Bool
    /// Sends to the broker, where there is a connection.
    package var connection: (any StateOutlet)?

    package init(
        _ control: DeviceControl, unit: UInt8, profile: UInt64, claims: ClaimDesk, roster: Roster,
        topics: ControlTopics, bus: any ControlBus, around: Surroundings, isDirect: Bool, at now: Instant
    ) {
        device = control.device
        registers = ControlRegisters(control.map, unit: unit)
        self.claims = claims
        self.roster = roster
        self.topics = topics
        self.bus = bus
        self.around = around
        self.isDirect = isDirect
        let standing = around.log.standing(of: control.device)
        session = SessionMachine(
            limits: control.limits, profile: profile, epoch: standing.epoch, wasOpen: standing.isOpen, at: now)
        (nextState, nextPathFrame) = (now, now)
        tellStanding()
        if standing.isOpen {
            around.logger.notice(
                "control LOCKED",
                metadata: ["device": "\(device)", "cause": "restarted", "epoch": "\(standing.epoch)"])
            around.log.record(
                [
                    .init("event", .text("restarted")),
                    .init("lease_epoch", .integer(Int64(clamping: standing.epoch))),
                ], of: device)
        }
    }

    // MARK: What comes in

    package func receive(_ message: MQTTMessage, at now: Instant) {
        receive(
            topic: message.topic, payload: message.payload, retained: message.retained,
            correlation: message.correlation, at: now)
    }

    /// A message as bytes: what a broker may bring, and what tests and fuzzers do.
    package func receive(
        topic: UnsafeBufferPointer<UInt8>, payload: UnsafeRawBufferPointer, retained: Bool,
        correlation: @autoclosure () -> [UInt8], at now: Instant
    ) {
        if topic.elementsEqual(topics.commandBytes) {
            receiveCommand(payload, retained: retained, at: now)
        } else if topic.elementsEqual(topics.stopBytes) {
            receiveStop(payload, at: now)
        } else if topic.elementsEqual(topics.requestBytes), !retained {
            receiveRequest(payload, correlation: correlation(), at: now)
        }
    }

    private func receiveCommand(_ payload: UnsafeRawBufferPointer, retained: Bool, at now: Instant) {
        guard !retained else { return session.count(.retained) }
        guard let seals else { return session.count(.badEpoch) }
        guard let body = seals.command.open(payload) else { return session.count(.badMAC) }
        guard let frame = FrameLayout.command(body) else { return session.count(.malformed) }
        let isFirst = self.seals?.brokerArrivals.take(frame.sequence) ?? false
        // What the direct path brought before is no replay: it is the same frame.
        if isFirst, frame.session == seals.session, frame.sequence <= session.lease?.newest ?? 0 { return }
        receive(frame, at: now)
    }

    private func receive(_ frame: CommandFrame, at now: Instant) {
        carryOut(session.receive(frame, at: now).actions, at: now)
        work(at: now)
    }

    private func receiveStop(_ payload: UnsafeRawBufferPointer, at now: Instant) {
        if payload.count == SignedStop.bytes {
            guard let (frame, signer) = SignedStop.open(payload, topic: topics.stop, roster: roster) else {
                return session.count(.badMAC)
            }
            return handle(.stop(id: frame.id, epoch: frame.epoch, by: signer.id), at: now)
        }
        guard let seals, let body = seals.stop.open(payload) else { return session.count(.badMAC) }
        guard let frame = FrameLayout.stop(body) else { return session.count(.malformed) }
        stop(frame, by: seals.operatorID, at: now)
    }

    private func stop(_ frame: StopFrame, by name: String, at now: Instant) {
        handle(.stop(id: frame.id, epoch: frame.epoch, by: name), at: now)
    }

    private func receiveRequest(_ payload: UnsafeRawBufferPointer, correlation: [UInt8], at now: Instant) {
        // An answer goes where this machine's answers go, whatever the question says: nobody publishes elsewhere by us.
        let reply = MQTTReply(topic: topics.response, correlation: correlation)
        switch claims.receive(payload, reply: reply, epoch: session.nextEpoch, at: now) {
        case .ignored: break
        case .answer(let answer): tell(answer, reply)
        case .taken(let taken): take(taken, at: now)
        }
    }

    private func take(_ taken: ClaimDesk.Taken, at now: Instant) {
        let (claim, reply) = (taken.claim, taken.reply)
        if taken.purpose == .unlock {
            guard session.phase == .locked else {
                return tell(.refused(session: claim.session, reason: "not_locked", detail: "nothing is locked"), reply)
            }
            // A wish that waits for the e-stop would unlock when somebody releases it, whoever is there then.
            guard session.report?.emergencyStop != true else {
                let detail = "the machine's emergency stop is pressed: release it on the spot, then unlock"
                return tell(.refused(session: claim.session, reason: "emergency_stop", detail: detail), reply)
            }
            handle(.unlock(by: claim.operatorID), at: now)
            return tell(.granted(session: claim.session, epoch: session.epoch), reply)
        }
        guard around.log.hasRoom else {
            let detail = "the audit trail cannot be written: make room on the gateway's disk"
            return tell(.refused(session: claim.session, reason: "not_stored", detail: detail), reply)
        }
        if self.taken.count > 8 { self.taken.removeAll() }
        self.taken[claim.session] = taken
        handle(.claim(claim), at: now)
    }

    /// An authentic packet's session tag was this one's.
    package func receive(_ packet: UnsafeRawBufferPointer, from address: DirectAddress, path: Int, at now: Instant) {
        guard seals != nil else { return }
        let outcome = opened.withUnsafeMutableBytes { seals?.opener.open(packet, into: $0, at: now) } ?? .wrong
        switch outcome {
        case .wrong: session.count(.badMAC)
        case .copy: countCopy(packet, path: path, at: now)
        case .body(let count, let isNewest):
            if isNewest { seals?.heard[path] = address }
            opened.withUnsafeBytes { bytes in
                receive(UnsafeRawBufferPointer(rebasing: bytes[..<count]), path: path, from: address, at: now)
            }
        }
    }

    private func receive(_ body: UnsafeRawBufferPointer, path: Int, from address: DirectAddress, at now: Instant) {
        if let frame = FrameLayout.command(body) {
            seals?.arrivals[path].take(frame.sequence)
            seals?.transport.arrived(frame.sequence, at: now)
            // A copy that came by the broker before is no replay: it is the same frame.
            guard frame.sequence > session.lease?.newest ?? 0 else { return }
            receive(frame, at: now)
        } else if let frame = FrameLayout.stop(body) {
            stop(frame, by: seals?.operatorID ?? "", at: now)
        } else {
            session.count(.malformed)
        }
    }

    /// The counter is authentic and known: by this path too something arrives.
    private func countCopy(_ packet: UnsafeRawBufferPointer, path: Int, at now: Instant) {
        guard let newest = session.lease?.newest, newest > 0 else { return }
        seals?.arrivals[path].take(newest)
    }

    package func handle(_ event: SessionEvent, at now: Instant) {
        carryOut(session.handle(event, at: now), at: now)
        work(at: now)
    }

    // MARK: The bus

    /// Gives the bus what is due, until there is nothing, or it is busy.
    private func work(at now: Instant) {
        while !bus.isBusy, underWay == nil, let order = session.nextOrder(at: now) {
            underWay = order
            bus.begin(job(of: order), at: now)
        }
    }

    private func job(of order: BusOrder) -> ControlJob {
        switch order {
        case .drive(let drive):
            ControlJob(
                writes: registers.drive(drive), reads: [], validUntil: drive.validUntil,
                generation: session.generation)
        case .arm(let permit):
            ControlJob(writes: registers.arm(permit), reads: registers.statusReads, generation: session.generation)
        case .safe(let permit):
            ControlJob(
                writes: registers.safe(permit), reads: registers.safeReads + registers.statusReads)
        // One read at a time: a drive waits for one transaction at most.
        case .report: ControlJob(writes: [], reads: [registers.statusReads[reportParts.count]])
        }
    }

    private func outcome(_ answer: ControlAnswer, of order: BusOrder) -> BusOutcome {
        guard case .report = order, case .answers(let answers, let asked) = answer else {
            if case .drive = order {} else { reportParts = [] }
            return wholeOutcome(answer, of: order)
        }
        if reportParts.isEmpty { reportAsked = asked }
        reportParts += answers
        guard reportParts.count == registers.statusReads.count else { return .partial }
        defer { reportParts = [] }
        // What happened since the first read may be missing in it.
        return .report(registers.report(reportParts, asked: reportAsked))
    }

    private func wholeOutcome(_ answer: ControlAnswer, of order: BusOrder) -> BusOutcome {
        switch (answer, order) {
        case (.stale, _): return .stale
        case (.failed(.exception(let code)), _):
            return .refused(BusFault.exception(code).summary)
        case (.failed(let fault), _): return .failed(fault)
        case (.answers, .drive): return .done
        case (.answers(let answers, let asked), .safe):
            let count = registers.safeReads.count
            if let fault = registers.safeStateFault(Array(answers.prefix(count))) { return .refused(fault) }
            return .report(registers.report(Array(answers.dropFirst(count)), asked: asked))
        case (.answers(let answers, let asked), _): return .report(registers.report(answers, asked: asked))
        }
    }

    // MARK: The loop

    /// After every round of events.
    package func turn(at now: Instant) {
        if let isConnected = bus.turn(at: now) { handle(isConnected ? .deviceBack : .deviceLost, at: now) }
        if let answer = bus.takeAnswer(), let order = underWay {
            underWay = nil
            handle(.finished(order, outcome(answer, of: order)), at: now)
            if session.report?.watchdogFault != watchdogFault { tellStanding() }
        }
        work(at: now)
        farewell?.say(connection, topics.state, around.direct, at: now)
        if now >= nextState { sendState(at: now) }
    }

    package func tick(at now: Instant) { handle(.tick, at: now) }

    package var stateDue: Instant { min(nextState, farewell?.due ?? nextState) }

    private func carryOut(_ actions: [SessionAction], at now: Instant) {
        guard !actions.isEmpty else { return }
        bus.void(before: session.generation)
        for action in actions { carryOut(action, at: now) }
    }

    private func carryOut(_ action: SessionAction, at now: Instant) {
        let (inbox, device) = (around.inbox, device)
        switch action {
        case .storeOpen(let number, _):
            around.log.store(ControlStanding(epoch: session.epoch, isOpen: true), of: device) { ok in
                inbox.post(ok ? .opened(session: number) : .notStored, to: device)
            }
        case .storeEpoch(let epoch):
            around.log.store(ControlStanding(epoch: epoch, isOpen: true), of: device) { ok in
                inbox.post(ok ? .committed(epoch: epoch) : .notStored, to: device)
            }
        case .storeClosed: around.log.store(ControlStanding(epoch: session.epoch), of: device) { _ in }
        case .granted(let claim): grant(claim, at: now)
        case .waiting(let claim):
            if let reply = taken[claim.session]?.reply { tell(.waiting(session: claim.session), reply) }
        case .refused(let claim, let refusal, let detail): refuse(claim, refusal, detail)
        case .ended(let end): sayFarewell(end, at: now)
        case .record(let transition): record(transition)
        }
    }

    private func grant(_ claim: Claim, at now: Instant) {
        guard let taken = taken.removeValue(forKey: claim.session) else { return }
        seals = ControlSeals(
            taken.keys, session: claim.session, operatorID: claim.operatorID, reply: taken.reply, topics: topics,
            told: taken.direct, at: now)
        around.direct?.know(taken.keys.tag, self)
        (nextState, nextPathFrame) = (now, now)
        tell(.granted(session: claim.session, epoch: claim.epoch), taken.reply)
    }

    private func refuse(_ claim: Claim, _ refusal: ClaimRefusal, _ detail: String?) {
        let reply =
            taken.removeValue(forKey: claim.session)?.reply
            ?? seals.flatMap { $0.session == claim.session ? $0.reply : nil }
        guard let reply else { return }
        refused = claim.session
        tell(.refused(session: claim.session, reason: refusal.name, detail: detail ?? refusal.sentence), reply)
    }

    /// The console sees no state of its session any more: this tells it why. Said by `turn`, after what the bus is to do.
    private func sayFarewell(_ end: EndFrame, at now: Instant) {
        around.logger.info(
            "control ended",
            metadata: ["device": "\(device)", "session": "\(end.session)", "cause": "\(end.cause.name)"])
        guard var seals, seals.session == end.session, refused != end.session else { return }
        farewell = Farewell(end, &seals, paths: around.direct?.paths ?? 0..<0, at: now)
        self.seals = seals
    }

    private func tell(_ answer: ClaimReply, _ reply: MQTTReply) { around.inbox.answer(answer, reply) }

    private func record(_ transition: Transition) {
        around.active.set(device, session.phase.isOpen)
        tellStanding()
        around.log.record(transition.fields, of: device)
        around.logger.notice(
            "control \(transition.to.name)",
            metadata: [
                "device": "\(device)", "cause": "\(transition.cause.name)", "by": "\(transition.by ?? "-")",
                "epoch": "\(transition.epoch)", "stop": "\(transition.stop)",
            ])
    }

    private func tellStanding() {
        watchdogFault = session.report?.watchdogFault
        around.active.tell(
            ControlActivity.Standing(
                phase: session.phase, cause: session.cause, holder: session.lease?.claim.operatorID,
                watchdogFault: watchdogFault), of: device)
    }

    // MARK: State

    private func sendState(at now: Instant) {
        nextState = max(nextState + session.statePeriod, now)
        var frame = session.nextState(at: now)
        if let seals {
            for index in 0..<3 { frame.lossOfPath[index] = seals.arrivals[index].loss }
            frame.lossOfPath[3] = seals.brokerArrivals.loss
            if seals.transport.usesBroker(at: now) { frame.flags.insert(.useBroker) }
        }
        body.withUnsafeMutableBytes { bytes in
            let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<FrameLayout.stateBytes])
            let mac = UnsafeMutableRawBufferPointer(rebasing: bytes[FrameLayout.stateBytes...])
            FrameLayout.write(frame, into: part)
            if let seals { seals.state.seal(UnsafeRawBufferPointer(part), into: mac) }
        }
        sendDirect(at: now)
        body.withUnsafeBytes { connection?.send($0, to: topics.state) }
    }

    private func sendDirect(at now: Instant) {
        guard let hub = around.direct, seals != nil else { return }
        let length = body.withUnsafeBytes { body in
            packet.withUnsafeMutableBytes { packet in
                seals?.sealer.seal(
                    UnsafeRawBufferPointer(rebasing: body[..<FrameLayout.stateBytes]), into: packet, at: now)
            }
        }
        guard let seals, let length else { return }
        packet.withUnsafeBytes { packet in
            for path in hub.paths {
                hub.send(UnsafeRawBufferPointer(rebasing: packet[..<length]), path, seals.targets(of: path))
            }
        }
        if now >= nextPathFrame { sendPathFrames(hub, at: now) }
    }

    /// Each path names itself: copies of states can't, they are the same bytes.
    private func sendPathFrames(_ hub: any DirectPaths, at now: Instant) {
        nextPathFrame = now + .milliseconds(200)
        for path in hub.paths {
            var named = [UInt8](repeating: 0, count: FrameLayout.pathBytes)
            named.withUnsafeMutableBytes {
                FrameLayout.writePath(UInt8(path), session: seals?.session ?? 0, into: $0)
            }
            let length = named.withUnsafeBytes { body in
                packet.withUnsafeMutableBytes { seals?.sealer.seal(body, into: $0, at: now) }
            }
            guard let seals, let length else { return }
            packet.withUnsafeBytes {
                hub.send(UnsafeRawBufferPointer(rebasing: $0[..<length]), path, seals.targets(of: path))
            }
        }
    }
}
