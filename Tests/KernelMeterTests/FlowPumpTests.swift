import FieldModel
import KernelNet
import Testing

@Suite("Moving events from the kernel into the ring")
struct FlowPumpTests {
    private final class World {
        let source = ScriptedFlows()
        let ring: FlowRing
        var fill: TableFill? = TableFill(count: 0, limit: 100)
        var doubts: [String] = []
        var now = Instant(nanoseconds: 1_000_000_000)

        init(capacity: Int = 200) throws { ring = try FlowRing(capacity: capacity) }

        func pump(said: [String] = []) -> FlowPump {
            FlowPump(
                source: source, ring: ring, said: said, fill: { [unowned self] in self.fill },
                look: { [unowned self] in self.doubts })
        }

        /// A second later.
        func beat(_ pump: FlowPump) {
            now = now + .seconds(1)
            pump.ready(.read, at: now)
        }

        var events: [FlowEvent] { FlowRingReader(ring).events(limit: 1000) }
        var losses: [String] { events.compactMap { if case .lost(let text) = $0 { text } else { nil } } }
    }

    @Test("Each event is appended, then consumed")
    func moves() throws {
        let world = try World()
        world.source.waiting = (0..<5).map { .events([.began(Samples.flow($0))]) } + [.events([])]
        let pump = world.pump()
        #expect(world.source.isReliable)
        world.beat(pump)
        #expect(world.events == (0..<5).map { .began(Samples.flow($0)) })
        #expect(world.source.waiting.isEmpty && world.source.consumed == 6)
    }

    @Test("What a killed process had appended and not consumed is not appended again")
    func killed() throws {
        let world = try World()
        let event = FlowEvent.ended(Samples.flow(1))
        var killed = FlowRingWriter(world.ring)
        _ = killed.append(.ended(Samples.flow(0)))
        _ = killed.append(event)
        world.source.waiting = [
            .events([event]), .events([.ended(Samples.flow(2))]), .events([.ended(Samples.flow(2))]),
        ]
        world.beat(world.pump())
        // The last two are the kernel's own: only what comes first can be a repeat.
        #expect(
            world.events == [0, 1, 2, 2].map { .ended(Samples.flow($0)) })
    }

    @Test("A full ring leaves events with the kernel, and goes on when there is room")
    func full() throws {
        let world = try World(capacity: 100)
        world.source.waiting = (0..<50).map { .events([.began(Samples.flow($0))]) }
        let pump = world.pump()
        world.beat(pump)
        let room = 100 - Int(FlowRingWriter.reserve)
        #expect(world.source.consumed == room)
        #expect(pump.descriptor == -1)
        #expect(pump.deadline == world.now + .milliseconds(20))
        let reader = FlowRingReader(world.ring)
        _ = reader.events(limit: 20)
        reader.release(20)
        pump.ready([], at: world.now + .milliseconds(20))
        #expect(world.events == (20..<50).map { .began(Samples.flow($0)) })
        #expect(pump.deadline == world.now + .seconds(1))
    }

    @Test(
        "Above seven tenths of the table ends are no longer kept for a late reader, and it is said; below half they are"
    )
    func reliability() throws {
        let world = try World()
        let pump = world.pump()
        for (count, reliable) in [(70, true), (71, false), (60, false), (49, true), (70, true)] {
            world.fill = TableFill(count: count, limit: 100)
            world.beat(pump)
            #expect(world.source.isReliable == reliable, "\(count)")
        }
        #expect(world.losses.count == 1)
        #expect(world.losses[0].contains("71 % full (71 of 100)") && world.losses[0].contains("nf_conntrack_max"))
    }

    @Test("An overrun loses nothing while ends are kept; afterwards it does, and it is said")
    func overrun() throws {
        let world = try World()
        let pump = world.pump()
        world.source.waiting = [.overrun]
        world.beat(pump)
        #expect(world.losses.isEmpty)
        world.fill = TableFill(count: 90, limit: 100)
        world.beat(pump)
        world.fill = TableFill(count: 10, limit: 100)
        // It happened while they were not kept, and is heard of only now.
        world.source.waiting = [.overrun, .events([.ended(Samples.flow(1))])]
        world.beat(pump)
        #expect(world.losses.count == 2 && world.losses[1].contains("ends of connections were lost"))
        world.source.waiting = [.overrun]
        world.beat(pump)
        #expect(world.losses.count == 2)
    }

    @Test("Connections that found no room in the table are counted from here on, and said")
    func refused() throws {
        let world = try World()
        world.fill = TableFill(count: 1, limit: 100, refused: 500)
        let pump = world.pump()
        world.beat(pump)
        #expect(world.losses.isEmpty)
        world.fill = TableFill(count: 1, limit: 100, refused: 503)
        world.beat(pump)
        #expect(world.losses.first?.contains("3 connections were not tracked") == true)
    }

    @Test("A doubt is told when it begins, and stands as long as it lasts")
    func doubts() throws {
        let world = try World()
        let pump = world.pump(said: ["from before"])
        world.doubts = ["accounting is off"]
        for _ in 0..<3 { world.beat(pump) }
        #expect(pump.currentDoubts == ["accounting is off"])
        world.doubts = []
        // As after a plan was applied: without waiting for the next beat.
        pump.lookSoon()
        #expect(pump.deadline.map { $0 <= world.now } == true)
        pump.ready([], at: world.now)
        #expect(pump.currentDoubts.isEmpty)
        world.doubts = ["accounting is off"]
        world.beat(pump)
        #expect(world.losses == ["from before", "accounting is off", "accounting is off"])
    }

    @Test("The kernel's own counts of refused connections are read by name")
    func statistics() {
        let text = """
            entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error
            00000010  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000007 0000000a 00000001 00000000
            00000010  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000007 00000005 00000000 00000000
            """
        #expect(TableFill.refused(text) == 16)
        #expect(TableFill.refused("") == 0)
    }
}
