import Control
import ControlWire
import FieldModel
import Logging
import MQTTLink

/// What the session decided, carried out.
extension ControlStation {
    func carryOut(_ actions: [SessionAction], at now: Instant) {
        guard !actions.isEmpty else { return }
        bus.void(before: session.generation)
        for action in actions { carryOut(action, at: now) }
    }

    func carryOut(_ action: SessionAction, at now: Instant) {
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

    func tell(_ answer: ClaimReply, _ reply: MQTTReply) { around.inbox.answer(answer, reply) }

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

    func tellStanding() {
        watchdogFault = session.report?.watchdogFault
        around.active.tell(
            ControlActivity.Standing(
                phase: session.phase, cause: session.cause, holder: session.lease?.claim.operatorID,
                watchdogFault: watchdogFault), of: device)
    }
}
