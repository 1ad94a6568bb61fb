import FieldModel

/// Makes the loop turn at a moment.
package final class TimerSource: EventSource {
    package let descriptor: Int32 = -1
    package let interest: EventInterest = []
    package var deadline: Instant?

    package init() {}

    package func ready(_ events: EventInterest, at now: Instant) { deadline = nil }
}
