import FieldModel
import Telemetry
import Testing

@Suite("The poll of a group")
struct GroupPollTests {
    /// Three blocks: input 0–1, input 10, holding 0.
    private func poll() -> GroupPoll {
        let points = [
            point("Speed", 0), point("Temperature", 1, .i16), point("Hours", 10), point("Limit", 0, table: .holding),
            point("Other", 50, group: "other"),
        ]
        let map = RegisterMap(
            id: "m", title: "M", groups: [PollGroup(id: "g", period: .milliseconds(200))], points: points)
        return GroupPoll(GroupPlan(map.groups[0], of: map), device: "loader", unit: 3, layout: 9)
    }

    private func moment(_ milliseconds: Int) -> GroupPoll.Moment {
        GroupPoll.Moment(
            instant: Instant(nanoseconds: Int64(milliseconds) * 1_000_000),
            utc: Timestamp(microseconds: Int64(milliseconds) * 1000), clock: .synced)
    }

    @Test("Only the group's own points are polled, and its period is the group's")
    func plan() {
        let poll = poll()
        #expect(poll.pointCount == 4)
        #expect(poll.blocks.map(\.addresses) == [0..<2, 10..<11, 0..<1])
        #expect(poll.period == .milliseconds(200))
        #expect(poll.unit == 3)
    }

    @Test("Readings come in the order of the layout, stamped with the first reply")
    func good() {
        var poll = poll()
        poll.begin()
        poll.take(0, [1450, 0xFFFE, 99, 99], at: moment(1000))
        poll.take(1, [7, 99], at: moment(1001))
        poll.take(2, [30], at: moment(1001))
        let batch = poll.finish(at: moment(1002))
        #expect(batch?.layout == 9)
        #expect(batch?.time == Timestamp(microseconds: 1_000_000))
        #expect(batch?.monotonic == Instant(nanoseconds: 1_000_000_000))
        #expect(
            batch?.readings == [
                .good(.integer(1450)), .good(.integer(-2)), .good(.integer(7)), .good(.integer(30)),
            ])
    }

    @Test("Delays after the first reply are told in runs that cover all readings")
    func delays() {
        var poll = poll()
        poll.begin()
        poll.take(0, [1, 2], at: moment(1000))
        poll.take(1, [3], at: moment(1012))
        poll.take(2, [4], at: moment(1012))
        let delays = poll.finish(at: moment(1013))?.delays
        #expect(
            delays == [
                TelemetryBatch.Delay(count: 2, milliseconds: 0), TelemetryBatch.Delay(count: 2, milliseconds: 12),
            ])
    }

    @Test("A failed read carries its reason to every point of the block")
    func failedBlock() {
        var poll = poll()
        poll.begin()
        poll.fail(0, .exception(2), at: moment(1000))
        poll.take(1, [7], at: moment(1001))
        poll.take(2, [30], at: moment(1002))
        let readings = poll.finish(at: moment(1003))?.readings
        #expect(
            readings == [
                .bad(.exception(2)), .bad(.exception(2)), .good(.integer(7)), .good(.integer(30)),
            ])
    }

    @Test("A poll that failed as a whole is told once, then again when the reason changes, and when it is over")
    func failuresOnce() {
        var poll = poll()
        func round(_ quality: Quality?, _ time: Int) -> TelemetryBatch? {
            poll.begin()
            for block in 0..<3 {
                if let quality {
                    poll.fail(block, quality, at: moment(time))
                } else {
                    poll.take(block, [1, 1], at: moment(time))
                }
            }
            return poll.finish(at: moment(time))
        }
        #expect(round(.timeout, 1) != nil)
        #expect(round(.timeout, 2) == nil)
        #expect(round(.timeout, 3) == nil)
        #expect(round(.disconnected, 4) != nil)
        #expect(round(.disconnected, 5) == nil)
        #expect(round(nil, 6) != nil)
        #expect(round(nil, 7) != nil)
        #expect(round(.disconnected, 8) != nil)
    }

    @Test("The stamp of a poll is never left over from the one before")
    func freshStamp() {
        var poll = poll()
        for time in [1000, 2000] {
            poll.begin()
            for block in 0..<3 { poll.take(block, [1, 1], at: moment(time)) }
            #expect(poll.finish(at: moment(time))?.time == moment(time).utc)
        }
        poll.begin()
        for block in 0..<3 { poll.fail(block, .timeout, at: moment(3000)) }
        #expect(poll.finish(at: moment(3000))?.time == moment(3000).utc)
    }
}

@Suite("The report policy")
struct ReportPolicyTests {
    @Test("Every poll that brought a value is worth telling")
    func good() {
        var policy = ReportPolicy()
        func told(_ readings: [Reading]) -> Bool { policy.admits(readings) }
        for _ in 0..<3 { #expect(told([.good(.integer(1)), .bad(.timeout)])) }
    }

    @Test("The same failure is told once, and again after a good poll")
    func failure() {
        var policy = ReportPolicy()
        func told(_ readings: [Reading]) -> Bool { policy.admits(readings) }
        #expect(told([.bad(.timeout), .bad(.timeout)]))
        #expect(!told([.bad(.timeout), .bad(.timeout)]))
        #expect(told([.bad(.exception(2)), .bad(.timeout)]))
        #expect(told([.good(.integer(1)), .bad(.timeout)]))
        #expect(told([.bad(.timeout), .bad(.timeout)]))
    }
}
