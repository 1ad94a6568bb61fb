import ControlWire
import FieldModel
import Measure
import OperatorInput
import Testing

@testable import OperatorKit

@Suite("The console's decisions: the session")
struct ConsoleSessionTests {
    static func route(_ number: UInt8) -> DirectRoute {
        DirectRoute(socket: 0, address: PeerAddress(bytes: [number]))
    }

    static let held = OperatorSample(enable: true, axes: [0.5, -2, .nan])

    @Test("No frame goes before a state has come; then each echoes the newest, with how long it was held")
    func echo() throws {
        var bench = MachineBench()
        bench.open()
        #expect(bench.tick().isEmpty)
        _ = bench.state()
        let first = try #require(bench.tick(Self.held).frame)
        #expect((first.sequence, first.echoSequence, first.echoTime, first.hold) == (1, 1, 1000, 20_000))
        #expect(first.profile == 0x0102 && first.lifetime == 200 && first.session == 9 && first.epoch == 5)
        #expect(first.axes == AxisValues(500, -1000, 0, 0, 0, 0, 0, 0) && first.flags == .enable)
        #expect(first.sent == UInt64(bench.now.nanoseconds / 1000))
        let second = try #require(bench.tick(after: .milliseconds(20)).frame)
        #expect((second.sequence, second.echoSequence, second.hold) == (2, 1, 40_000))
        _ = bench.state(after: .milliseconds(5))
        #expect(bench.tick(after: .milliseconds(15)).frame?.hold == 15_000)
    }

    @Test("Frames go on with the old echo while nothing comes; after 5 s it is over")
    func silence() {
        var bench = MachineBench()
        bench.open()
        _ = bench.state()
        for _ in 0..<249 {
            #expect(bench.tick().frame?.echoSequence == 1)
            #expect(bench.handle(.time).isEmpty)
        }
        #expect(bench.handle(.time, after: .milliseconds(20)).loss?.contains("5 s") ?? false)
        #expect(bench.tick().isEmpty)
    }

    @Test("Older states, states of other sessions and epochs are never echoed")
    func stale() {
        var bench = MachineBench()
        bench.open()
        _ = bench.state()
        _ = bench.state()
        #expect(bench.state(.active, after: .zero) { $0.sequence = 1 }.isEmpty)
        #expect(bench.state(.active) { $0.sequence = 2 }.isEmpty)
        #expect(bench.state(.active) { $0.session = 8 }.isEmpty)
        #expect(bench.state(.active) { $0.epoch = 4 }.isEmpty)
        #expect(bench.tick().frame?.echoSequence == 2)
        let unproved = bench.handle(.unproved(StateFrame()))
        #expect(unproved == [.tell(.unprovedState(StateFrame()))])
        #expect(bench.tick().frame?.echoSequence == 2)
    }

    @Test("MQTT carries the frames as long as the gateway asks for it, or nothing came by a direct path for 200 ms")
    func transport() {
        var bench = MachineBench()
        bench.open()
        _ = bench.state()
        #expect(bench.tick().byBroker == true)
        _ = bench.handle(.path(0, counter: 1, route: Self.route(1)))
        #expect(bench.tick().routes == [Self.route(1)])
        #expect(bench.tick().byBroker == true)
        _ = bench.state(from: .direct(Self.route(1)))
        #expect(bench.tick().byBroker == false)
        #expect(bench.tick(after: .milliseconds(179)).byBroker == false)
        #expect(bench.tick(after: .milliseconds(1)).byBroker == true)
        _ = bench.state(from: .direct(Self.route(1))) { $0.flags = .useBroker }
        #expect(bench.tick().byBroker == true)
        _ = bench.state(from: .direct(Self.route(1)))
        #expect(bench.tick().byBroker == false)
        // The path is forgotten, and with it the last way but MQTT.
        _ = bench.handle(.time, after: .milliseconds(1900))
        _ = bench.state(from: .direct(Self.route(1)))
        let actions = bench.tick()
        #expect(actions.byBroker == true && actions.routes.isEmpty)
    }

    @Test("Every known path gets each frame; a path's address follows its newest frame only; four are the most")
    func paths() {
        var table = PathTable()
        let start = MachineBench.start
        for path in UInt8(0)..<5 { table.learn(path: path, counter: 10, route: Self.route(path), at: start) }
        #expect(table.paths(at: start) == [0, 1, 2, 3])
        table.learn(path: 2, counter: 9, route: Self.route(99), at: start + .seconds(1))
        #expect(table.routes(at: start) == (0..<4).map { Self.route($0) })
        table.learn(path: 2, counter: 11, route: Self.route(99), at: start + .seconds(1))
        #expect(table.routes(at: start)[2] == Self.route(99))
        #expect(table.paths(at: start + .seconds(2)) == [2])
        table.learn(path: 7, counter: 1, route: Self.route(7), at: start + .seconds(2))
        #expect(table.paths(at: start + .seconds(2)) == [2, 7])
        #expect(table.path(of: Self.route(7)) == 7)
    }

    @Test("A stop goes at once by every way, and four times more by the direct ones; then all is at rest")
    func stop() {
        var bench = MachineBench()
        bench.open()
        _ = bench.handle(.path(0, counter: 1, route: Self.route(1)))
        _ = bench.handle(.path(1, counter: 2, route: Self.route(2)))
        _ = bench.state(.active)
        let frame = StopFrame(session: 9, epoch: 5, id: 42)
        let routes = [Self.route(1), Self.route(2)]
        #expect(bench.handle(.stopRequested) == [.stop(frame, broker: true, routes: routes)])
        for pause in [5, 5, 10, 20] {
            #expect(bench.handle(.time, after: .milliseconds(pause - 1)).isEmpty)
            #expect(bench.machine.deadline == bench.now + .milliseconds(1))
            #expect(bench.handle(.time, after: .milliseconds(1)) == [.stop(frame, broker: false, routes: routes)])
        }
        #expect(bench.handle(.time, after: .milliseconds(50)).isEmpty)
        let command = bench.tick(Self.held).frame
        #expect(command?.flags == [] && command?.axes == .rest)
    }

    @Test("An acknowledgement names the stop that is to be seen, until the state leaves SAFE_STOP")
    func acknowledgement() {
        var bench = MachineBench()
        bench.open()
        _ = bench.state(.active)
        _ = bench.handle(.stopRequested)
        _ = bench.handle(.acknowledged)
        #expect(bench.tick(Self.held).frame?.acknowledgedStop == 0)
        _ = bench.state(.safeStop) { $0.stopNumber = 3 }
        #expect(bench.tick(Self.held).frame?.acknowledgedStop == 0)
        _ = bench.handle(.acknowledged)
        for _ in 0..<3 {
            let frame = bench.tick(Self.held).frame
            #expect(frame?.acknowledgedStop == 3 && frame?.axes == .rest && frame?.flags == [])
        }
        // Another stop: nobody has seen it when the first was acknowledged.
        _ = bench.state(.safeStop) { $0.stopNumber = 4 }
        #expect(bench.tick(Self.held).frame?.acknowledgedStop == 0)
        _ = bench.handle(.acknowledged)
        #expect(bench.tick(Self.held).frame?.acknowledgedStop == 4)
        _ = bench.state(.armed) { $0.stopNumber = 4 }
        let frame = bench.tick(Self.held).frame
        #expect(frame?.acknowledgedStop == 0 && frame?.flags == .enable && frame?.axes[0] == 500)
    }

    @Test("A stop that somebody else asked for holds this console's axes too")
    func foreignStop() {
        var bench = MachineBench()
        bench.open()
        _ = bench.state(.safeStop) { $0.stopNumber = 1 }
        #expect(bench.tick(Self.held).frame?.flags == [])
    }

    @Test("What the device counts is obeyed once: stop, acknowledgement, offer, end")
    func counts() {
        var bench = MachineBench()
        bench.open()
        _ = bench.state(.active)
        var sample = Self.held
        sample.stops = 2
        let stop = ConsoleMachine.Action.stop(StopFrame(session: 9, epoch: 5, id: 42), broker: true, routes: [])
        #expect(bench.tick(sample).contains(stop))
        #expect(!bench.tick(sample).contains(stop))
        _ = bench.state(.safeStop) { $0.stopNumber = 1 }
        sample.acknowledgements = 1
        #expect(bench.tick(sample).frame?.acknowledgedStop == 1)
        _ = bench.state(.armed)
        sample.handOvers = 1
        #expect(bench.tick(sample).frame?.flags == [.enable, .offer])
        sample.handOvers = 2
        #expect(bench.tick(sample).frame?.flags == .enable)
        sample.quits = 1
        let frame = bench.tick(sample).frame
        #expect(frame?.flags == .release && frame?.axes == .rest)
    }

    @Test("Letting go is said until the gateway is idle, for a second at most")
    func release() {
        for confirms in [true, false] {
            var bench = MachineBench()
            bench.open()
            _ = bench.state(.armed)
            #expect(bench.handle(.leave).isEmpty)
            #expect(bench.tick(Self.held).frame?.flags == .release)
            if confirms {
                let actions = bench.state(.idle) { $0.cause = .released }
                #expect(actions.suffix(2) == [.tell(.ended(.idle, .released)), .end])
            } else {
                #expect(bench.handle(.time, after: .milliseconds(979)).isEmpty)
                #expect(bench.handle(.time, after: .milliseconds(1)).loss?.contains("let go") ?? false)
            }
            #expect(bench.tick().isEmpty)
        }
    }

    @Test("A lock ends the session; IDLE does once the session was open")
    func ends() {
        var bench = MachineBench()
        bench.open()
        #expect(!bench.state(.idle).contains(.end))
        _ = bench.state(.requested)
        #expect(bench.state(.locked) { $0.cause = .emergencyStop }.contains(.tell(.ended(.locked, .emergencyStop))))
    }

    @Test("The gateway's last word ends the session with its cause and name; one of another session or epoch does not")
    func lastWord() {
        var bench = MachineBench()
        bench.open()
        _ = bench.state(.active)
        let word = EndFrame(session: 9, epoch: 5, phase: .safeStop, cause: .takenOver, by: "bob")
        for (session, epoch) in [(UInt32(8), UInt64(5)), (9, 4)] {
            var other = word
            (other.session, other.epoch) = (session, epoch)
            #expect(bench.handle(.ended(other)).isEmpty)
        }
        #expect(bench.handle(.ended(word)) == [.tell(.ended(.safeStop, .takenOver, by: "bob")), .end])
        #expect(SessionEnding(.safeStop, .takenOver, by: "bob").text(for: "alice").hasSuffix("taken over by bob"))
    }

    @Test("A state under the session's keys that names none ends it too, after the last word had time to come")
    func lastWordLost() {
        var bench = MachineBench()
        bench.open()
        _ = bench.state(.armed)
        let none: (inout StateFrame) -> Void = { ($0.session, $0.cause) = (0, .tooManyStops) }
        #expect(bench.state(.locked, none).isEmpty)
        #expect(bench.handle(.time, after: .milliseconds(399)).isEmpty)
        #expect(bench.handle(.time, after: .milliseconds(1)) == [.tell(.ended(.locked, .tooManyStops)), .end])
        let text = SessionEnding(.locked, .tooManyStops, by: nil).text(for: "alice")
        #expect(text.hasPrefix("LOCKED (too_many_stops): a supervisor"))
    }

    @Test("A device that has gone is told once, and holds nothing")
    func fault() {
        var bench = MachineBench()
        bench.open()
        _ = bench.state(.active)
        let actions = bench.tick(Self.held, fault: "unplugged")
        #expect(actions.first == .tell(.inputLost("unplugged")) && actions.frame?.flags == [])
        #expect(actions.frame?.axes == .rest)
        #expect(bench.tick(Self.held, fault: "unplugged").count == 1)
    }

    @Test("What runs by itself begins when the gateway has seen enable low, or half a second after ARMED")
    func begins() {
        for sees in [true, false] {
            var bench = MachineBench()
            bench.open()
            #expect(!bench.state(.requested).contains(.startInput))
            #expect(!bench.state(.armed).contains(.startInput))
            #expect(!bench.state(.armed, after: .milliseconds(499)).contains(.startInput))
            let actions =
                sees
                ? bench.state(.armed) { $0.flags = .enableSeenLow } : bench.state(.armed, after: .milliseconds(1))
            #expect(actions.contains(.startInput))
            #expect(!bench.state(.armed) { $0.flags = .enableSeenLow }.contains(.startInput))
        }
    }

    @Test("Round trips run from the intended times, and those the console missed count as well")
    func roundTrips() {
        var bench = MachineBench()
        bench.open()
        _ = bench.state()
        _ = bench.tick()
        _ = bench.tick()
        // Intended 20 ms after the tick before, sent 60 ms later: three times were due, the oldest 40 ms ago.
        let intended = bench.now + .milliseconds(20)
        _ = bench.handle(
            .tick(InputReading(sample: Self.held), intended: intended, slots: 3), after: .milliseconds(60))
        _ = bench.state(after: .milliseconds(10)) { $0.lastCommand = 1 }
        #expect(bench.machine.statistics(at: bench.now).roundTrips.count == 1)
        _ = bench.state(after: .milliseconds(10)) { $0.lastCommand = 3 }
        let statistics = bench.machine.statistics(at: bench.now)
        #expect(statistics.roundTrips.count == 5 && statistics.missedTimes == 2)
        #expect(statistics.roundTrip == .milliseconds(20) && statistics.roundTrips.maximum == 90_000)
        _ = bench.state { $0.lastCommand = 99 }
        #expect(bench.machine.statistics(at: bench.now).roundTrips.count == 5)
    }

    @Test("A stop whose signature the gateway counts as wrong is refused, unless the machine did stop")
    func stopRefused() {
        var frame = StateFrame()
        (frame.epoch, frame.sequence, frame.rejects) = (3, 1, 4)
        for (isCounted, stops) in [(true, false), (false, false), (true, true)] {
            var call = StopCall(at: MachineBench.start, stopID: { 7 })
            _ = call.hear(frame, at: MachineBench.start)
            var after = frame
            if isCounted { (after.rejects, after.lastReject) = (6, .badMAC) }
            if stops { after.stopNumber = 1 }
            _ = call.hear(after, at: MachineBench.start)
            #expect(call.isRefused == (isCounted && !stops))
        }
    }

    @Test("A stop without a session goes out for each new epoch, for 2 s; without a state there is none")
    func stopCall() {
        let start = MachineBench.start
        var call = StopCall(at: start, stopID: { 7 })
        #expect(!call.isOver(at: start + .milliseconds(4999)) && call.isOver(at: start + .seconds(5)))
        var frame = StateFrame()
        frame.epoch = 3
        let first = start + .seconds(4)
        #expect(call.hear(frame, at: first) == StopFrame(session: 0, epoch: 3, id: 7))
        #expect(call.hear(frame, at: first) == nil)
        frame.epoch = 4
        #expect(call.hear(frame, at: first + .milliseconds(1999))?.epoch == 4)
        frame.epoch = 5
        #expect(call.hear(frame, at: first + .seconds(2)) == nil)
        #expect(call.isOver(at: first + .seconds(2)) && call.wasSent)
    }
}
