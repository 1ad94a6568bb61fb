import ControlWire
import DirectLink
import FieldModel

/// The last word to a console, sealed once with the keys that end with it, and said some times over: it may be lost, and
/// copies are one word.
struct Farewell {
    private static let times: [Duration] = [0, 20, 40, 80, 160, 320].map { .milliseconds($0) }

    private let message: [UInt8]
    private let packet: [UInt8]
    private let targets: [[DirectAddress]]
    private var times: [Instant]

    /// `paths` are those of the direct path; none where there is no such.
    init(_ frame: EndFrame, _ seals: inout ControlSeals, paths: Range<Int>, at now: Instant) {
        var message = [UInt8](repeating: 0, count: FrameLayout.endBytes + BrokerSeal.macBytes)
        var packet = [UInt8](repeating: 0, count: DirectSocket.longest)
        var length: Int?
        message.withUnsafeMutableBytes { bytes in
            let body = UnsafeMutableRawBufferPointer(rebasing: bytes[..<FrameLayout.endBytes])
            FrameLayout.write(frame, into: body)
            seals.state.seal(
                UnsafeRawBufferPointer(body),
                into: UnsafeMutableRawBufferPointer(rebasing: bytes[FrameLayout.endBytes...]))
            length = packet.withUnsafeMutableBytes {
                seals.sealer.seal(UnsafeRawBufferPointer(body), into: $0, at: now)
            }
        }
        self.message = message
        self.packet = length.map { Array(packet[..<$0]) } ?? []
        targets = packet.isEmpty ? [] : paths.map { seals.targets(of: $0) }
        times = Self.times.map { now + $0 }
    }

    /// When it is due again; nil when it has been said.
    var due: Instant? { times.first }

    mutating func say(
        _ broker: (any StateOutlet)?, _ topic: String, _ direct: (any DirectPaths)?, at now: Instant
    ) {
        guard let due, due <= now else { return }
        times.removeAll { $0 <= now }
        message.withUnsafeBytes { broker?.send($0, to: topic) }
        guard let direct, !packet.isEmpty else { return }
        packet.withUnsafeBytes { packet in
            for path in direct.paths where path < targets.count { direct.send(packet, path, targets[path]) }
        }
    }
}
