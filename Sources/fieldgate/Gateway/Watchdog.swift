import FieldModel
import Logging
import Platform
import ServiceLifecycle

/// Tells the service manager that the gateway lives, as long as every owner thread comes round.
///
/// A dead device or broker is none of its business: their threads go on turning.
struct Watchdog: Service {
    let notifier: SystemdNotifier
    let signs: [(name: String, progress: @Sendable () -> Int64)]
    let logger: Logger

    func run() async throws {
        guard let interval = notifier.watchdogInterval else { return try await idle() }
        var before = signs.map { _ in Int64(-1) }
        for await _ in Ticks(every: interval / 2).cancelOnGracefulShutdown() {
            let now = signs.map { $0.progress() }
            let stuck = zip(signs, zip(before, now)).filter { $1.0 == $1.1 }.map(\.0.name)
            before = now
            if stuck.isEmpty {
                notifier.alive()
            } else {
                logger.critical("a thread does not turn", metadata: ["threads": "\(stuck.joined(separator: ", "))"])
            }
        }
        notifier.stopping()
    }

    private func idle() async throws {
        try await gracefulShutdown()
        notifier.stopping()
    }
}

/// One element each interval.
private struct Ticks: AsyncSequence, Sendable {
    let interval: Duration

    init(every interval: Duration) {
        self.interval = interval
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        let interval: Duration

        mutating func next() async -> Void? {
            try? await Task.sleep(for: interval)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(interval: interval) }
}
