import CSystem
import FieldModel
import KernelNet
import Platform
import Testing

@Suite("Events in shared memory")
struct FlowRingTests {
    private static let events: [FlowEvent] = [
        .began(Samples.flow(1)), .ended(Samples.flow(2, stop: 9)), .ended(Samples.wide), .lost("why, and what to do"),
        .lost(""),
    ]

    @Test("An event comes back as it was", arguments: events)
    func roundTrip(event: FlowEvent) {
        withSlot { slot in
            FlowSlot.write(event, number: 7, to: slot)
            #expect(FlowSlot.event(slot, number: 7) == event)
            #expect(FlowSlot.event(slot, number: 8) == nil)
            #expect(FlowSlot.flow(slot, number: 7) == nil)
        }
    }

    @Test("A text that is too long loses its end, and no half character stays")
    func longText() {
        withSlot { slot in
            FlowSlot.write(.lost(String(repeating: "ü", count: 200)), number: 1, to: slot)
            #expect(FlowSlot.event(slot, number: 1) == .lost(String(repeating: "ü", count: FlowSlot.textLimit / 2)))
        }
    }

    @Test("Every flipped bit of a slot is noticed")
    func damage() {
        withSlot { slot in
            FlowSlot.write(.ended(Samples.wide), number: 3, to: slot)
            for bit in 0..<FlowSlot.size * 8 {
                let byte = slot.load(fromByteOffset: bit / 8, as: UInt8.self)
                slot.storeBytes(of: byte ^ 1 << (bit % 8), toByteOffset: bit / 8, as: UInt8.self)
                #expect(FlowSlot.event(slot, number: 3) == nil)
                slot.storeBytes(of: byte, toByteOffset: bit / 8, as: UInt8.self)
            }
            #expect(FlowSlot.event(slot, number: 3) == .ended(Samples.wide))
        }
    }

    @Test("Events come in order, again when asked again, and once released never more; round after round")
    func order() throws {
        let ring = try FlowRing(capacity: 100)
        var writer = FlowRingWriter(ring)
        let reader = FlowRingReader(try Self.other(ring))
        var written = 0
        for read in stride(from: 0, to: 1000, by: 10) {
            while written < read + 30 {
                expect(.began(Samples.flow(written)), takenBy: &writer)
                written += 1
            }
            let expected = (read..<read + 10).map { FlowEvent.began(Samples.flow($0)) }
            #expect(reader.events(limit: 10) == expected)
            #expect(reader.events(limit: 10) == expected)
            reader.release(10)
        }
        #expect(reader.events(limit: 1000).count == 20)
    }

    @Test("A full ring takes no more events, and still words about losses; released room is used again")
    func full() throws {
        let ring = try FlowRing(capacity: 80)
        var writer = FlowRingWriter(ring)
        var count = 0
        while writer.append(.began(Samples.flow(count))) { count += 1 }
        #expect(count == 80 - Int(FlowRingWriter.reserve))
        expect(.lost("full"), takenBy: &writer)
        let reader = FlowRingReader(ring)
        #expect(reader.events(limit: 100).last == .lost("full"))
        reader.release(2)
        expect(.ended(Samples.flow(1)), takenBy: &writer)
        expect(.ended(Samples.flow(2)), takenBy: &writer, false)
    }

    @Test("The next writer goes on where the last one was killed, and knows its last event")
    func nextWriter() throws {
        let ring = try FlowRing(capacity: 80)
        var first = FlowRingWriter(ring)
        _ = first.append(.began(Samples.flow(1)))
        _ = first.append(.ended(Samples.flow(1)))
        // Killed in the middle of a slot: written, not counted.
        FlowSlot.write(.ended(Samples.flow(9)), number: 2, to: ring.slot(2))
        var second = FlowRingWriter(try Self.other(ring))
        #expect(!second.wasDamaged)
        #expect(second.isLast(.ended(Samples.flow(1))))
        expect(.ended(Samples.flow(2)), takenBy: &second)
        #expect(
            FlowRingReader(ring).events(limit: 9) == [
                .began(Samples.flow(1)), .ended(Samples.flow(1)), .ended(Samples.flow(2)),
            ])
    }

    @Test("A damaged slot is an event that says so, and those around it are whole")
    func damagedSlot() throws {
        let ring = try FlowRing(capacity: 80)
        var writer = FlowRingWriter(ring)
        for number in 0..<3 { _ = writer.append(.began(Samples.flow(number))) }
        ring.slot(1).storeBytes(of: 0xFF, toByteOffset: 100, as: UInt8.self)
        let events = FlowRingReader(ring).events(limit: 9)
        #expect(events.count == 3)
        #expect(events[0] == .began(Samples.flow(0)) && events[2] == .began(Samples.flow(2)))
        let text = if case .lost(let text) = events[1] { text } else { "" }
        #expect(text.contains("event 1") && text.contains("damaged"))
    }

    @Test("A damaged count of what was written is found again from the slots", arguments: [0, 5, 1 << 60, UInt64.max])
    func damagedHead(head: UInt64) throws {
        let ring = try FlowRing(capacity: 150)
        var writer = FlowRingWriter(ring)
        for number in 0..<40 { _ = writer.append(.began(Samples.flow(number))) }
        ring.head = head
        let next = FlowRingWriter(ring)
        #expect(next.wasDamaged)
        #expect(ring.head == 40)
    }

    @Test("A damaged count of what was read stops the writer, and the reader mends it and says so")
    func damagedTail() throws {
        let ring = try FlowRing(capacity: 80)
        var writer = FlowRingWriter(ring)
        for number in 0..<5 { _ = writer.append(.began(Samples.flow(number))) }
        ring.tail = 1 << 40
        expect(.began(Samples.flow(6)), takenBy: &writer, false)
        let reader = FlowRingReader(ring)
        #expect(reader.events(limit: 9).isEmpty)
        #expect(reader.mend()?.contains("damaged") == true)
        #expect(reader.mend() == nil)
        expect(.began(Samples.flow(6)), takenBy: &writer)
        #expect(reader.events(limit: 9) == [.began(Samples.flow(6))])
    }

    @Test(
        "Whoever scribbles on the counts of a ring in use makes no event come twice, and ends nobody",
        arguments: [0, 3, 19, 21, 1 << 60, UInt64.max - 10, .max] as [UInt64])
    func scribbled(number: UInt64) throws {
        for places in [[64], [128], [64, 128], [128, 192]] {
            let ring = try FlowRing(capacity: 150)
            var writer = FlowRingWriter(ring)
            let reader = FlowRingReader(ring)
            for number in 0..<20 { _ = writer.append(.ended(Samples.flow(number))) }
            var heard = reader.events(limit: 100)
            reader.release(20)
            guard let raw = fg_map_shared(ring.descriptor, 4096, 1) else { throw SystemError(code: fg_errno()) }
            defer { munmap(raw, 4096) }
            for place in places { raw.storeBytes(of: number, toByteOffset: place, as: UInt64.self) }
            var words: [String] = []
            for turn in 0..<4 {
                if let text = reader.mend() { words.append(text) }
                let some = reader.events(limit: .max)
                heard += some
                reader.release(some.count)
                // A second later the writer turns.
                writer.affirm()
                _ = writer.append(.ended(Samples.flow(100 + turn)))
            }
            _ = reader.mend()
            heard += reader.events(limit: 100)
            let ends = heard.filter { if case .ended = $0 { true } else { false } }
            #expect(ends.count == Set(ends).count, "an event came twice: \(places) \(number)")
            #expect(words.count <= 2)
            // Where only the reader's own end was damaged, nothing is missing either.
            if places == [128] { #expect(ends.count == 24 && words.allSatisfy { $0.contains("damaged") }) }
        }
    }

    @Test("A reader that begins where the counts are damaged neither ends nor goes back")
    func damagedBoth() throws {
        let ring = try FlowRing(capacity: 80)
        var writer = FlowRingWriter(ring)
        for number in 0..<5 { _ = writer.append(.ended(Samples.flow(number))) }
        (ring.tail, ring.head) = (.max - 10, .max)
        let reader = FlowRingReader(ring)
        _ = reader.mend()
        #expect(reader.events(limit: .max).isEmpty)
        reader.release(3)
        writer.affirm()
        #expect(reader.mend()?.contains("damaged") == true)
        _ = writer.append(.ended(Samples.flow(7)))
        #expect(reader.mend() == nil)
        #expect(reader.events(limit: .max) == [.ended(Samples.flow(7))])
    }

    @Test("A file that is no ring, or could be cut under its reader, is refused")
    func strangers() throws {
        for (length, seals) in [(0, 6), (4096, 6), (8192, 0), (8192, 6)] as [(Int64, Int32)] {
            let descriptor = fg_sealable_file("stranger", length)
            #expect(fg_seal(descriptor, seals) == 0)
            #expect(throws: NetworkFault.self) { try FlowRing(mapping: descriptor) }
        }
    }

    @Test("A list holds every connection; one that is not sealed or is cut is refused")
    func list() throws {
        let flows = (0..<3000).map { Samples.flow($0) } + [Samples.wide]
        let source = ScriptedFlows()
        source.live = flows
        #expect(try FlowList.flows(from: FlowList.file(of: source)) == flows)
        source.live = []
        #expect(try FlowList.flows(from: FlowList.file(of: source)).isEmpty)
        let open = fg_sealable_file("open", 192)
        #expect(throws: NetworkFault.self) { try FlowList.flows(from: open) }
        let cut = fg_sealable_file("cut", 100)
        #expect(fg_seal(cut, 15) == 0)
        #expect(throws: NetworkFault.self) { try FlowList.flows(from: cut) }
    }

    private func expect(
        _ event: FlowEvent, takenBy writer: inout FlowRingWriter, _ isTaken: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let taken = writer.append(event)
        #expect(taken == isTaken, sourceLocation: sourceLocation)
    }

    private static func other(_ ring: FlowRing) throws -> FlowRing {
        try FlowRing(mapping: fg_duplicate(ring.descriptor))
    }

    private func withSlot(_ body: (UnsafeMutableRawPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: FlowSlot.size, alignment: 8) { body($0.baseAddress!) }
    }
}
