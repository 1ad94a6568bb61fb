import Control
import ControlAttack
import ControlPath
import ControlWire
import DirectLink
import FieldModel
import MQTTLink
import Testing

/// A bench whose operator moves the machine, and what an attack on it came to.
struct Attack {
    let bench: ControlBench
    var anna: BenchConsole

    init(limits: SessionLimits? = nil, _ place: SourceLocation = #_sourceLocation) throws {
        bench = try #require(ControlBench(limits: limits))
        anna = bench.console("anna")
        bench.activate(&anna)
        try #require(bench.phase == .active, sourceLocation: place)
        try #require(bench.bus.controller.axes[0] == 500, sourceLocation: place)
        bench.forget()
    }

    var rejects: UInt32 { bench.session.rejects }

    /// `count` messages that change nothing but the counter of refused frames, and are refused for that reason.
    func refuses(
        _ reason: FrameReject, _ count: Int = 1, _ place: SourceLocation = #_sourceLocation, _ body: () -> Void
    ) {
        let (rejects, writes, phase) = (self.rejects, bench.writes.count, bench.phase)
        let (newest, basis) = (bench.session.lease?.newest, bench.session.lease?.basis)
        body()
        #expect(self.rejects == rejects + UInt32(count), sourceLocation: place)
        #expect(bench.session.lastReject == reason, sourceLocation: place)
        #expect(bench.writes.count == writes, "something was written", sourceLocation: place)
        #expect(bench.phase == phase, sourceLocation: place)
        #expect(bench.session.lease?.newest == newest, sourceLocation: place)
        #expect(bench.session.lease?.basis == basis, sourceLocation: place)
    }

    /// Until the machine stands still, confirmed, and the stop is acknowledged: ARMED again.
    mutating func acknowledge() {
        bench.drive(&anna, .milliseconds(400))
        let stop = bench.session.stopNumber
        bench.drive(&anna, .milliseconds(200)) { $0.acknowledgedStop = stop }
    }
}
