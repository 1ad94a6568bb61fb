import FieldGateTesting
import FieldModel
import KernelNet
import PeerTesting
import Testing

extension RealKernel {
    @Suite("What is in no connection's counters")
    struct StrayTests {
        @Test("ICMP errors, invalid and refused packets, fragments: what no connection explains is named to the byte")
        func named() async throws {
            let yard = try Yard()
            try yard.segmentAtOnce()
            try await yard.start()
            try yard.prepareErrors()
            try await yard.pythonPeer(Traffic.carrier, in: .carrier)
            let counters = yard.counters()
            let before = try yard.reading(counters)
            try yard.python(Self.closedPorts, ["10.77.0.1", "203.0.113.9"], in: .gateway)
            try yard.python(Self.closedPorts, ["10.77.0.2", "192.168.7.20"], in: .carrier)
            try yard.python(Self.invalid, ["10.77.0.1", "10.77.0.2", "4"], in: .carrier)
            try yard.python(Self.invalid, ["10.77.0.2", "10.77.0.1", "3"], in: .gateway)
            try yard.sh("ip neigh flush all", in: .gateway)
            try yard.python(Self.fragments, in: .gateway)
            let after = try await yard.drained(counters)
            var tally = Tally()
            tally.take(try counters.events(limit: 100_000))
            tally.take(try counters.flows())
            let (ip, sums) = (after.ip(since: before), tally.sums(path: 0))
            let named = after.named(since: before)
            #expect(ip.up.bytes == sums.up.bytes + named.up, "\(after.strays)")
            #expect(ip.down.bytes == sums.down.bytes + named.down, "\(after.strays)")
            for kind in [StrayTraffic.icmpErrors, .invalid, .fragments, .arp] {
                let count = try #require(after.strays[kind])
                #expect(count.sent.packets > 0 && count.received.packets > 0, "\(kind): \(count)")
            }
            #expect(after.strays[.refused]?.received == Flow.Count(bytes: 3 * 108, packets: 3))
            // Three times no port and three times no hop left, each with the head of what it speaks of.
            #expect(after.strays[.icmpErrors]?.sent == Flow.Count(bytes: 3 * 128 + 3 * 136, packets: 6))
            #expect(after.classBytes(since: before) == after.sent.bytes - before.sent.bytes)
        }

        @Test("Probes are marked, go with control, and are counted together to the byte")
        func probes() async throws {
            let yard = try Yard()
            try await yard.start()
            try await yard.pythonPeer(Traffic.carrier, in: .carrier)
            let counters = yard.counters()
            let before = try yard.reading(counters)
            #expect(before.probes == TrafficCount())
            try yard.python(Self.probing, in: .gateway)
            let after = try await yard.drained(counters)
            var tally = Tally()
            tally.take(try counters.events(limit: 100_000))
            tally.take(try counters.flows())
            let (ip, sums) = (after.ip(since: before), tally.sums(path: 0))
            #expect(tally.last.values.allSatisfy { UsageMark($0.mark).isProbe && UsageMark($0.mark).path == 0 })
            #expect(tally.last.count == 60)
            #expect(after.probes == TrafficCount(sent: sums.up, received: sums.down))
            #expect(sums.up == ip.up && sums.down == ip.down)
            let control = try #require(after.classes.first { $0.trafficClass == UsageMark.control })
            #expect(control.packets == sums.up.packets)
        }

        @Test("Counters run on when a plan is applied again; what somebody takes away is named, and mended")
        func lasting() async throws {
            let yard = try Yard()
            try await yard.start()
            try await yard.pythonPeer(Traffic.carrier, in: .carrier)
            let counters = yard.counters()
            try yard.python(Self.probing, in: .gateway)
            try yard.python(Self.invalid, ["10.77.0.2", "10.77.0.1", "3"], in: .gateway)
            let first = try yard.reading(counters)
            #expect(first.probes?.sent.packets ?? 0 > 60 && first.strays[.invalid] != nil)
            var plan = Samples.plan
            plan.paths[0].rate = .megabits(50)
            #expect(try yard.helper.apply(plan) == NetworkState())
            #expect(try yard.helper.apply(Samples.plan) == NetworkState())
            yard.killDaemon()
            try await yard.startDaemon()
            #expect(try yard.helper.apply(Samples.plan) == NetworkState())
            let second = try yard.reading(counters)
            #expect(second.probes == first.probes && second.strays[.invalid] == first.strays[.invalid])
            for (line, words) in [
                ("nft delete table inet fieldgate_counts", "table inet fieldgate_counts is gone"),
                ("nft flush chain inet fieldgate_counts path0_in", "table inet fieldgate_counts is changed"),
                ("nft delete table netdev fieldgate", "table netdev fieldgate is gone"),
            ] {
                try yard.sh(line)
                #expect(try yard.helper.inspect(Samples.plan).absent.contains { $0.contains(words) }, "\(words)")
                #expect(try yard.helper.apply(Samples.plan) == NetworkState())
                #expect(try yard.helper.inspect(Samples.plan) == NetworkState())
            }
            try yard.helper.clear()
            #expect(try yard.sh("nft list tables") == "")
        }

        /// Three datagrams to a closed port of the first argument, three with one hop to live towards the second.
        private static let closedPorts = """
            import socket, sys, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 0))
            for i in range(3):
                s.sendto(bytes(72), (sys.argv[1], 7999)); time.sleep(0.02)
            s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
            for i in range(3):
                s.sendto(bytes(80), (sys.argv[2], 7)); time.sleep(0.02)
            """

        /// From, to, how many: segments without a flag, and answers to what nobody asked.
        private static let invalid = """
            import socket, struct, sys
            here, there, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
            def checksum(b):
                b += bytes(len(b) % 2); x = sum(struct.unpack("!%dH" % (len(b) // 2), b))
                x = (x >> 16) + (x & 0xffff); return ~(x + (x >> 16)) & 0xffff
            r = socket.socket(socket.AF_INET, socket.SOCK_RAW, 6)
            def send(flags, data):
                h = struct.pack("!HHIIBBHHH", 1111, 2222, 7, 7, 80, flags, 1000, 0, 0)
                p = socket.inet_aton(here) + socket.inet_aton(there) + struct.pack("!BBH", 0, 6, len(h) + len(data))
                h = h[:16] + struct.pack("!H", checksum(p + h + data)) + h[18:]
                r.sendto(h + data, (there, 0))
            for i in range(count): send(0, bytes(i)); send(0x12, b"")
            """

        /// Eight thousand bytes there and back.
        private static let fragments = """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5)
            s.connect(("10.77.0.1", 5004))
            for i in range(5): s.send(bytes(8000)); s.recv(9000)
            """

        /// As `HandshakeProber`: half of them are refused.
        private static let probing = """
            import socket, struct
            for i in range(60):
                s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, 12, 5)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                try: s.connect(("10.77.0.1", 5001 if i % 2 else 5999))
                except ConnectionRefusedError: pass
                s.close()
            """
    }
}

extension Yard {
    /// ICMP errors as often as there is reason, and ways beyond both ends.
    func prepareErrors() throws {
        for place in [Place.gateway, .carrier] { try sh("sysctl -qw net.ipv4.icmp_ratelimit=0", in: place) }
        try sh("sysctl -qw net.ipv4.ip_forward=1 && ip route add 203.0.113.0/24 dev modem1", in: .carrier)
        try sh("ip route add 192.168.7.0/24 via 10.77.0.2", in: .carrier)
    }
}

extension PathReading {
    /// IP bytes of what has a name and is in no connection, since another reading.
    func named(since before: PathReading) -> (up: UInt64, down: UInt64) {
        var named = (up: UInt64(0), down: UInt64(0))
        for (kind, count) in strays where !kind.isBesideIP {
            let earlier = before.strays[kind] ?? TrafficCount()
            named.up += count.sent.bytes - earlier.sent.bytes
            named.down += count.received.bytes - earlier.received.bytes
        }
        return named
    }
}
