import FieldModel

/// Makes the loop turn at a moment.
final class TimerSource: EventSource {
    let descriptor: Int32 = -1
    let interest: EventInterest = []
    var deadline: Instant?

    func ready(_ events: EventInterest, at now: Instant) { deadline = nil }
}
