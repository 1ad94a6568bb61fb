import ControlPath
import ControlWire
import FieldModel
import Signing

/// A console made of the wire's parts, which says whatever a test wants it to.
package struct BenchConsole {
    package let operatorID: String
    package let role: OperatorRole
    package let signing: SigningKey
    package let topics: ControlTopics
    package var session: UInt32 = 0
    package var epoch: UInt64 = 0
    package var sequence: UInt64 = 0
    package var profile: UInt64
    package private(set) var keys: SessionKeys?
    /// The newest state it has heard.
    package var state = StateFrame()
    private var agreement = KeyAgreement()
    private var purpose = ClaimPurpose.drive
    private var direct: [String] = []
    private var command: BrokerSeal?
    private var stops: BrokerSeal?
    private var states: BrokerSeal?
    private var sealer: DirectSealer?

    package init(
        _ operatorID: String, _ role: OperatorRole, signing: SigningKey, topics: ControlTopics, profile: UInt64
    ) {
        self.operatorID = operatorID
        self.role = role
        self.signing = signing
        self.topics = topics
        self.profile = profile
    }

    // MARK: The handshake

    package mutating func hello(_ purpose: ClaimPurpose = .drive, direct: [String] = []) -> [UInt8] {
        agreement = KeyAgreement()
        (self.purpose, self.direct) = (purpose, direct)
        return ClaimRequest.hello(
            .init(
                purpose: purpose, operatorID: operatorID, key: agreement.publicKey, nonce: agreement.nonce,
                direct: direct)
        ).document
    }

    /// Takes what was offered; nil when the offer is not signed by the machine.
    package mutating func take(
        _ offer: ClaimReply.Offer, of machine: VerifyingKey, signedBy other: SigningKey? = nil, at now: Instant
    ) -> [UInt8]? {
        let transcript = Transcript(
            purpose: purpose, gateway: ControlBench.gateway, machine: ControlBench.machine, operatorID: operatorID,
            role: role, consoleKey: agreement.publicKey, gatewayKey: offer.key, consoleNonce: agreement.nonce,
            gatewayNonce: offer.nonce, epoch: offer.epoch, session: offer.session,
            nameplate: Nameplate.hash(offer.nameplate), direct: direct)
        guard machine.verifies(offer.signature, of: transcript.signed(by: .gateway)),
            let keys = agreement.keys(with: offer.key, transcript)
        else { return nil }
        self.keys = keys
        (session, epoch, sequence) = (offer.session, offer.epoch, 0)
        command = BrokerSeal(keys.toGateway, topic: topics.command)
        stops = BrokerSeal(keys.toGateway, topic: topics.stop)
        states = BrokerSeal(keys.toConsole, topic: topics.state)
        sealer = DirectSealer(keys.directToGateway, tag: keys.tag, start: now)
        let signature = (other ?? signing).sign(transcript.signed(by: .console))
        return ClaimRequest.take(session: offer.session, signature: signature).document
    }

    // MARK: Frames

    /// Takes a sealed state; false when its seal is wrong.
    @discardableResult
    package mutating func hear(_ message: [UInt8]) -> Bool {
        let frame = message.withUnsafeBytes { message in states?.open(message).flatMap { FrameLayout.state($0) } }
        if let frame { state = frame }
        return frame != nil
    }

    /// A last word with this console's seal.
    package func end(_ message: [UInt8]) -> EndFrame? {
        message.withUnsafeBytes { message in states?.open(message).flatMap { FrameLayout.end($0) } }
    }

    /// The next frame, an echo of the newest state.
    package mutating func frame(_ change: (inout CommandFrame) -> Void = { _ in }) -> CommandFrame {
        sequence += 1
        var frame = CommandFrame(
            session: session, epoch: epoch, sequence: sequence, echoSequence: state.sequence, echoTime: state.time,
            videoAge: 50, profile: profile)
        change(&frame)
        return frame
    }

    /// A frame as it goes by the broker.
    package func sealed(_ frame: CommandFrame) -> [UInt8] {
        sealed(FrameLayout.commandBytes, command) { FrameLayout.write(frame, into: $0) }
    }

    package func stop(_ id: UInt64, epoch: UInt64? = nil) -> [UInt8] {
        let frame = StopFrame(session: session, epoch: epoch ?? self.epoch, id: id)
        return sealed(FrameLayout.stopBytes, stops) { FrameLayout.write(frame, into: $0) }
    }

    /// Without a session.
    package func signedStop(_ id: UInt64, epoch: UInt64, by key: SigningKey? = nil) -> [UInt8] {
        SignedStop.make(
            StopFrame(session: 0, epoch: epoch, id: id), topic: topics.stop, key: key ?? signing)
    }

    private func sealed(
        _ count: Int, _ seal: BrokerSeal?, _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) -> [UInt8] {
        var message = [UInt8](repeating: 0, count: count + BrokerSeal.macBytes)
        message.withUnsafeMutableBytes { bytes in
            let body = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
            write(body)
            seal?.seal(UnsafeRawBufferPointer(body), into: UnsafeMutableRawBufferPointer(rebasing: bytes[count...]))
        }
        return message
    }

    /// A frame as it goes by the direct path.
    package mutating func packet(_ frame: CommandFrame, at now: Instant) -> [UInt8] {
        packet(FrameLayout.commandBytes, at: now) { FrameLayout.write(frame, into: $0) }
    }

    package mutating func stopPacket(_ id: UInt64, at now: Instant) -> [UInt8] {
        let frame = StopFrame(session: session, epoch: epoch, id: id)
        return packet(FrameLayout.stopBytes, at: now) { FrameLayout.write(frame, into: $0) }
    }

    package mutating func packet(
        _ count: Int, at now: Instant, _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) -> [UInt8] {
        var body = [UInt8](repeating: 0, count: count)
        body.withUnsafeMutableBytes(write)
        var packet = [UInt8](repeating: 0, count: count + DirectPacket.headerBytes + DirectPacket.tagBytes)
        let length = body.withUnsafeBytes { body in
            packet.withUnsafeMutableBytes { sealer?.seal(body, into: $0, at: now) }
        }
        return length == nil ? [] : packet
    }
}
