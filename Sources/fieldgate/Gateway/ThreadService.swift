import Platform
import ServiceLifecycle

/// Something that runs on threads of its own, as a service: it lives until shutdown, and then is closed in its turn.
struct ThreadService: Service {
    private let name: String
    private let close: @Sendable () -> Void

    init(_ name: String, close: @escaping @Sendable () -> Void) {
        self.name = name
        self.close = close
    }

    func run() async throws {
        try await gracefulShutdown()
        let (name, close) = (name, close)
        // Closing waits for threads, which the cooperative pool must not.
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            do throws(SystemError) {
                try OwnerThread(name: "close-\(name)") {
                    close()
                    continuation.resume()
                }.detach()
            } catch {
                close()
                continuation.resume()
            }
        }
    }
}
