import FieldModel
import Telemetry
import Testing

@Suite("The pace of back-fill")
struct BackfillPaceTests {
    private let start = Instant(nanoseconds: 1_000_000_000)
    private let old = RowIdentity(epoch: 1, stream: .telemetry, sequence: 1)

    @Test("holds nothing while it has no rate")
    func free() {
        var pace = BackfillPace()
        pace.sent(1_000_000, at: start)
        #expect(!pace.holds(old, isReplay: true, at: start))
        #expect(pace.deadline(after: start) == nil)
    }

    @Test("lets replayed telemetry go at its rate, and what is new at once")
    func slow() {
        var pace = BackfillPace()
        pace.rate = .kilobits(64)
        #expect(!pace.holds(old, isReplay: true, at: start))
        pace.sent(8000, at: start)
        #expect(pace.holds(old, isReplay: true, at: start))
        #expect(!pace.holds(old, isReplay: false, at: start))
        #expect(pace.deadline(after: start) == start + .seconds(1))
        #expect(!pace.holds(old, isReplay: true, at: start + .seconds(1)))
    }

    @Test("never holds events, usage and audit", arguments: [Stream.event, .usage, .audit])
    func mustNotWait(_ stream: Stream) {
        var pace = BackfillPace()
        pace.rate = BitRate(bitsPerSecond: 0)
        let row = RowIdentity(epoch: 1, stream: stream, sequence: 1)
        #expect(!pace.holds(row, isReplay: true, at: start))
        #expect(pace.holds(old, isReplay: true, at: start + .seconds(100_000)))
    }

    @Test("forgets what it waited for when the rate changes")
    func change() {
        var pace = BackfillPace()
        pace.rate = .kilobits(1)
        pace.sent(1_000_000, at: start)
        #expect(pace.holds(old, isReplay: true, at: start + .seconds(60)))
        pace.rate = .kilobits(64)
        #expect(!pace.holds(old, isReplay: true, at: start + .seconds(60)))
    }
}
