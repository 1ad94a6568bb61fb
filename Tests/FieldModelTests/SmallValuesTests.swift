import FieldModel
import Testing

@Suite("Waiting times and moments")
struct SmallValuesTests {
    @Test("Waits double from the first to the longest, each drawn from its upper half")
    func backoff() {
        var backoff = Backoff(first: .milliseconds(250), longest: .seconds(10))
        let whole = [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]
        for milliseconds in whole {
            var halved = backoff
            #expect(halved.next(jitter: 0) == .milliseconds(milliseconds) / 2)
            #expect(backoff.next(jitter: 1) == .milliseconds(milliseconds))
        }
        backoff.reset()
        #expect(backoff.next(jitter: 0.5) == .milliseconds(250) * 0.75)
    }

    @Test("A backoff that goes on for years does not overflow")
    func longBackoff() {
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(60))
        for _ in 0..<10_000 { _ = backoff.next(jitter: 0.5) }
        #expect(backoff.next(jitter: 0) == .seconds(30))
    }

    @Test("A duration too long for nanoseconds saturates")
    func saturation() {
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
        #expect(Duration.milliseconds(-1500).wholeMilliseconds == -1500)
        #expect(Duration.microseconds(1999).wholeMilliseconds == 1)
    }

    @Test("The silence between RTU frames is 3.5 characters, and 1.75 ms above 19,200 baud")
    func silence() {
        func silence(_ baud: Int) -> Duration {
            SerialSettings(device: "tty", baud: baud, parity: .even, dataBits: 8, stopBits: 1, rs485: false).silence
        }
        #expect(silence(9600) == .nanoseconds(4_010_416))
        #expect(silence(19_200) == .nanoseconds(2_005_208))
        #expect(silence(38_400) == .microseconds(1750))
    }

    @Test(
        "Every fault of the bus has its quality, and a sentence",
        arguments: [
            (.timeout, "bad.timeout", "no answer in time"),
            (.exception(2), "bad.exception(2)", "exception 2 (illegal data address)"),
            (.exception(99), "bad.exception(99)", "exception 99"),
            (.disconnected("refused"), "bad.disconnected", "not connected: refused"),
            (.protocolViolation("unit 3 for 1"), "bad.protocol", "wrong answer: unit 3 for 1"),
        ] as [(BusFault, String, String)])
    func faults(_ fault: BusFault, _ quality: String, _ summary: String) {
        #expect(fault.quality.name == quality)
        #expect(fault.summary == summary)
    }
}
