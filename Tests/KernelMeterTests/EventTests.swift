import CSystem
import FieldGateTesting
import FieldModel
import Foundation
import KernelNet
import PeerTesting
import Testing

/// Everything that needs namespaces and takes the processors: one at a time.
@Suite("Counting in a real kernel", .serialized, .timeLimit(.minutes(10)))
struct RealKernel {}

extension RealKernel {
    @Suite("Events, whatever stalls or dies")
    struct EventTests {
        private static let isOurs: @Sendable (Flow) -> Bool = { $0.original.destination.starts(with: [203, 0]) }

        private func begin(_ count: Int, _ salt: Int, _ yard: Yard) throws {
            try yard.python(Traffic.beginnings, ["\(count)", "\(salt)"], in: .gateway)
        }

        /// Reads until so many ends have come, and then until no more do.
        private func ends(_ count: Int, _ tally: inout Tally, _ counters: KernelCounters) async throws {
            var quiet = 0
            var taken = tally
            try await eventually("\(count) ends, and there are \(taken.ended.count)") {
                let events = try counters.events(limit: 5000)
                taken.take(events, only: Self.isOurs)
                counters.release(events.count)
                quiet = events.isEmpty ? quiet + 1 : 0
                return taken.ended.count >= count && quiet > 200
            }
            tally = taken
        }

        @Test("20,000 connections that end while fieldgate-netd stalls for four seconds give 20,000 ends")
        func stalledPump() async throws {
            let yard = try Yard()
            try await yard.start()
            let counters = yard.counters()
            var tally = Tally()
            try begin(20_000, 1, yard)
            try await eventually("all have begun") {
                let events = try counters.events(limit: 5000)
                tally.take(events, only: Self.isOurs)
                counters.release(events.count)
                return tally.began.count == 20_000
            }
            kill(try #require(yard.daemon).pid, SIGSTOP)
            try yard.sh("conntrack -F 2>/dev/null")
            try await Task.sleep(for: .seconds(4))
            kill(try #require(yard.daemon).pid, SIGCONT)
            try await ends(20_000, &tally, counters)
            #expect(tally.ended.count == 20_000)
            #expect(tally.doubles == 0)
            #expect(tally.losses == [])
        }

        @Test("A gateway that reads nothing for a while loses nothing: the ring fills, and the kernel keeps the rest")
        func stalledReader() async throws {
            let yard = try Yard()
            try await yard.start()
            let counters = yard.counters()
            var tally = Tally()
            _ = try counters.events(limit: 1)
            for salt in 0..<2 { try begin(20_000, salt, yard) }
            try yard.sh("conntrack -F 2>/dev/null")
            try await ends(40_000, &tally, counters)
            #expect(tally.ended.count == 40_000)
            #expect(tally.doubles == 0)
            #expect(tally.losses == [])
        }

        @Test("fieldgate-netd and the reader are killed again and again: no end is lost, none comes twice")
        func killed() async throws {
            let yard = try Yard()
            try await yard.start()
            var counters = yard.counters()
            var tally = Tally()
            var random = SeededRandom(seed: 7)
            let rounds = 12
            for round in 0..<rounds {
                try begin(800, round, yard)
                let flush = try yard.background("conntrack -F")
                if round % 2 == 0 { try await Task.sleep(for: .milliseconds(Int.random(in: 0...8, using: &random))) }
                yard.killDaemon()
                try await yard.startDaemon()
                _ = try await flush.exit()
                // The reader commits, and is killed before it releases: the next one sees the same again.
                let seen = (try? counters.events(limit: 500)) ?? []
                counters = yard.counters()
                let again = try counters.events(limit: 500)
                #expect(Array(again.prefix(seen.count)) == seen)
                tally.take(again, only: Self.isOurs)
                counters.release(again.count)
            }
            try await ends(800 * rounds, &tally, counters)
            #expect(tally.ended.count == 800 * rounds)
            #expect(tally.doubles == 0)
            #expect(tally.losses == [])
            #expect(yard.store.names.sorted() == [MeterDesk.eventsName, MeterDesk.ringName])
            #expect(yard.store.said.filter { $0 == "FDPOLL=0" }.count == 2)
            #expect(yard.store.said.contains("BARRIER=1"))
        }

        @Test("Without a kept socket it is said that ends may not have been heard")
        func nothingKept() async throws {
            let yard = try Yard()
            try await yard.start()
            let counters = yard.counters()
            _ = try counters.events(limit: 1)
            yard.killDaemon()
            yard.store.remove(MeterDesk.eventsName)
            try await yard.startDaemon()
            try await eventually("it is said") {
                try counters.events(limit: 100).contains {
                    if case .lost(let text) = $0 { text.contains("no event socket kept") } else { false }
                }
            }
        }

        @Test("A ring that was damaged in the store is made anew, and the gateway hears of it")
        func damagedRing() async throws {
            let yard = try Yard()
            try await yard.start()
            let counters = yard.counters()
            _ = try counters.events(limit: 1)
            yard.killDaemon()
            yard.store.remove(MeterDesk.ringName)
            yard.store.put(MeterDesk.ringName, fg_sealable_file("damaged", 4096))
            try await yard.startDaemon()
            #expect(yard.store.said.contains("FDSTOREREMOVE=1"))
            try await eventually("it is said") {
                let losses = ((try? counters.events(limit: 100)) ?? []).compactMap {
                    if case .lost(let text) = $0 { text } else { nil }
                }
                return losses.contains { $0.contains("without what it had heard") }
                    && losses.contains { $0.contains("ring of connection events is new") }
            }
        }

        @Test("Sixty connections of the same addresses and ports are sixty")
        func incarnations() async throws {
            let yard = try Yard()
            try await yard.start()
            let counters = yard.counters()
            let program = """
                import socket, subprocess
                for i in range(60):
                    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("10.77.0.2", 4444))
                    s.sendto(bytes(i), ("203.0.113.1", 4445)); s.close()
                    subprocess.run(["conntrack", "-D", "-p", "udp", "--sport", "4444"], capture_output=True)
                """
            try yard.python(program, in: .gateway)
            var tally = Tally()
            try await ends(60, &tally, counters)
            // A connection that is gone when the helper asks when it began is told of by its end, which has everything; the
            // answer may also be of the next one with its ends.
            #expect(Set(tally.began.keys).isSubset(of: tally.ended.keys))
            #expect(tally.ended.count == 60)
            #expect(tally.ended.values.allSatisfy { $0 == 1 })
            #expect(Set(tally.last.values.map(\.sent.bytes)) == Set((0..<60).map { UInt64(28 + $0) }))
            #expect(Set(tally.last.values.map(\.original)).count == 1)
        }
    }
}
