import FieldModel
import Platform

/// The time between two looks for what is gone: there is nothing to wait on.
struct Pause {
    let time: any TimeSource

    func until(_ instant: Instant) {
        let monitor = Monitor(())
        monitor.wait { _ in
            let left = time.now().duration(to: instant)
            return left <= .zero ? .done(()) : .pause(left)
        }
    }
}
