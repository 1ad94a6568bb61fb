import FieldModel
import Foundation
import Glibc
import Platform
import Testing

@Suite("The event loop")
struct EventLoopTests {
    private final class Listener: EventSource {
        let descriptor: Int32
        let interest: EventInterest = .read
        var deadline: Instant?
        var heard = 0

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        func ready(_ events: EventInterest, at now: Instant) {
            guard events.contains(.read) else {
                deadline = nil
                return
            }
            var byte: UInt8 = 0
            if read(descriptor, &byte, 1) == 1 { heard += 1 }
        }
    }

    @Test("A descriptor's number that is used again by another source is watched again")
    func reuse() throws {
        let time = SystemTime(source: .system)
        let loop = try EventLoop(time: time)
        var sender: Int32 = -1
        func make(_ wanted: Int32) -> Listener {
            var pair: [Int32] = [0, 0]
            #expect(pipe(&pair) == 0)
            sender = pair[1]
            dup2(pair[0], wanted)
            close(pair[0])
            return Listener(wanted)
        }
        func turn(until done: () -> Bool) {
            let end = time.now() + .seconds(2)
            loop.run { now in !done() && now < end }
        }
        // A number that no other test's descriptor gets.
        let first = make(923)
        loop.add(first)
        write(sender, "x", 1)
        turn { first.heard == 1 }
        #expect(first.heard == 1)
        // Gone, and its number back in the same turn, with the same interest.
        loop.remove(first)
        close(first.descriptor)
        close(sender)
        let second = make(first.descriptor)
        loop.add(second)
        write(sender, "x", 1)
        turn { second.heard == 1 }
        #expect(second.heard == 1)
        close(second.descriptor)
        close(sender)
    }
}
