import FieldGateTesting
import FieldModel
import Testing

@testable import Metering

@Suite struct ConnectionTableTests {
    private func key(_ number: Int) -> FlowKey {
        let tuple = Flow.Tuple(
            transport: 17, source: [10, 0, 0, 1], destination: [203, 0, 113, 9],
            sourcePort: UInt16(truncatingIfNeeded: number), destinationPort: 9)
        return FlowKey(
            Flow(
                id: UInt32(number), start: 1, mark: 0, original: tuple, reply: tuple, sent: Flow.Count(),
                received: Flow.Count()))
    }

    private func account(_ number: Int) -> ConnectionAccount {
        ConnectionAccount(
            UsageConnection(boot: "boot-1", start: 1, id: UInt32(number), tuple: "", part: 1, transport: 17),
            Placement(path: "a", trafficClass: 0x30, ratingGroup: nil), cameFromOutside: false,
            open: Instant(nanoseconds: 0), seen: 0)
    }

    @Test func everyAccountIsFoundWhateverWasRemoved() {
        var table = ConnectionTable()
        var model: Set<Int> = []
        var random = SeededRandom(seed: 12)
        for _ in 0..<2000 {
            let number = Int.random(in: 0..<60, using: &random)
            if model.remove(number) != nil {
                #expect(table.remove(key(number))?.connection.id == UInt32(number))
            } else {
                #expect(table.remove(key(number)) == nil)
                table.add(account(number), as: key(number))
                model.insert(number)
            }
            #expect(table.count == model.count)
            for number in model { #expect(table[key(number)]?.connection.id == UInt32(number)) }
            for place in table.indices { #expect(table.place(of: table.key(at: place)) == place) }
        }
    }
}

@Suite struct ProbeNameTests {
    @Test func pathsOfAnyNameHaveProbesOfTheirOwn() {
        let names = ["a", "b", "north-gate-antenna", "north-gate-antenna-2", "north-gate-antenn"]
        #expect(Set(names.map(Meter.probeTuple)).count == names.count)
    }
}
