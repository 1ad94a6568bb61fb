import Control
import ControlWire
import DirectLink
import FieldModel
import MQTTLink

/// What comes in, by the broker and by the direct path.
extension ControlStation {
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
}
