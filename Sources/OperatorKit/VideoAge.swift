import CSystem
import FieldModel
import Platform

/// How old the picture is: measured, given, or unknown. It grows while nothing comes.
package final class VideoAge {
    private static let tolerance = Duration.milliseconds(50)

    private let source: VideoSource
    private var frames = VideoFrames()
    private var port: DirectPort?

    package init(_ source: VideoSource) throws(ConsoleFault) {
        self.source = source
        guard case .rtp(let address, let number, _) = source else { return }
        port = try DirectPort(address, port: number) { [unowned self] packet, _, _ in _ = frames.take(packet) }
    }

    /// To be put on a loop; nil where there is nothing to listen to.
    package var eventSource: (any EventSource)? { port }

    /// `address:port` it listens on.
    package var name: String? { port?.name }

    package func age(at now: Instant) -> Duration? {
        switch source {
        case .unknown: return nil
        case .fixed(let age): return age
        case .rtp(_, _, let offset):
            port?.drain(at: now)
            guard let captured = frames.newest else { return nil }
            let age = .nanoseconds(fg_monotonic_ns() - captured) + offset
            // A picture from the future tells that the clocks are not what was said: nothing is known then.
            return age + Self.tolerance < .zero ? nil : max(.zero, age)
        }
    }
}
