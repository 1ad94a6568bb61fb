import Control
import FieldModel
import Testing

@Suite("The parts of a session")
struct SessionPartsTests {
    @Test("Loss counts what is missing among the newest fifty numbers, whatever the order")
    func sequenceWindow() {
        var window = SequenceWindow()
        for number in UInt64(10)...59 where number % 10 != 3 { window.take(number) }
        #expect(window.loss == 100)
        let came = window.take(53)
        #expect(came)
        let again = window.take(53)
        #expect(!again)
        #expect(window.loss == 80)
        window.take(1000)
        #expect(window.loss == 980)
        window.take(.max)
        #expect(window.loss == 980)
    }

    @Test("Percentiles of round trips are those of the newest")
    func roundTrips() {
        var trips = RoundTrips(capacity: 50)
        for value in UInt32(1)...200 { trips.add(value * 7 % 101) }
        let newest = (151...200).map { UInt32($0) * 7 % 101 }.sorted()
        #expect(trips.median == newest[24])
        #expect(trips.p99 == newest[49])
        #expect(trips.count == 200)
    }

    @Test("A ramp goes straight to rest, for both signs")
    func ramp() {
        let start = Instant(nanoseconds: 0)
        var axes = AxisValues.rest
        (axes[0], axes[1]) = (1000, -600)
        let ramp = Ramp(from: axes, began: start, lasts: .milliseconds(150))
        #expect(ramp.axes(at: start) == axes)
        #expect(ramp.axes(at: start + .milliseconds(75))[0] == 500)
        #expect(ramp.axes(at: start + .milliseconds(75))[1] == -300)
        #expect(ramp.axes(at: start + .milliseconds(150)) == .rest)
    }

    @Test("v_max · min(1, 200 ms / L)")
    func cap() {
        let limits = SessionLimits()
        #expect(SpeedCap.thousandths(videoAge: 100, age: .milliseconds(100), limits: limits) == 1000)
        #expect(SpeedCap.thousandths(videoAge: 150, age: .milliseconds(100), limits: limits) == 800)
        #expect(SpeedCap.thousandths(videoAge: 300, age: .milliseconds(100), limits: limits) == 500)
        #expect(SpeedCap.thousandths(videoAge: nil, age: .zero, limits: limits) == limits.creep)
    }

    @Test("Causes have words for programs")
    func names() {
        #expect(SessionCause.noFreshFrame.name == "no_fresh_frame")
        #expect(ClaimRefusal.roleForbids.name == "role_forbids")
    }
}
