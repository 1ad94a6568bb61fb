import Control
import ControlWire
import FieldModel

/// The states that go out, by the broker and by every path.
extension ControlStation {
    func sendState(at now: Instant) {
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
