import FieldGateTesting
import FieldModel
import Telemetry
import Testing

/// A platform that takes rows and acknowledges them when and in what order it likes, over a connection that breaks.
private struct Uplink {
    let spool = MemorySpool()
    var random: SeededRandom
    var pump = UplinkPump()
    var window = 0
    var nextToken: Int32 = 0
    /// Handed over on this connection and not acknowledged.
    var out: [(token: Int32, identity: RowIdentity)] = []
    var acknowledged: Set<RowIdentity> = []
    var sentBefore: Set<RowIdentity> = []
    var doubles = 0

    mutating func connect() {
        window = Int.random(in: 1...20, using: &random)
        var (cursors, heads): ([FieldModel.Stream: UInt64], [FieldModel.Stream: UInt64]) = ([:], [:])
        for stream in Stream.allCases {
            cursors[stream] = spool.cursor(of: "uplink", in: stream)
            heads[stream] = spool.last(of: stream)
        }
        pump.connected(window: window, cursors: cursors, heads: heads)
    }

    mutating func disconnect() {
        pump.disconnected()
        out = []
    }

    mutating func send() {
        for stream in Stream.allCases {
            guard let room = pump.room(in: stream) else { continue }
            for row in spool.rows(of: stream, after: room.after, limit: min(room.limit, 3)) {
                if !sentBefore.insert(row.identity).inserted {
                    doubles += 1
                    #expect(pump.isReplay(row.identity), "a double that is not marked")
                }
                if Int.random(in: 0..<40, using: &random) == 0 {
                    acknowledged.insert(row.identity)
                    settle(pump.skipped(row))
                } else {
                    nextToken += 1
                    pump.sent(row, token: nextToken)
                    out.append((nextToken, row.identity))
                }
                #expect(pump.inFlight == out.count)
                #expect(out.count <= window)
            }
        }
    }

    mutating func acknowledge() {
        guard !out.isEmpty else { return }
        let (token, identity) = out.remove(at: Int.random(in: out.indices, using: &random))
        acknowledged.insert(identity)
        settle(pump.acknowledged(token: token))
    }

    /// Nothing is settled that was not acknowledged, on this connection or a former one.
    private func settle(_ settlement: UplinkPump.Settlement?) {
        guard let settlement else { return }
        for row in spool.rows(of: settlement.stream, after: 0, limit: .max)
        where row.identity.sequence <= settlement.through {
            #expect(acknowledged.contains(row.identity), "row \(row.identity.sequence) was settled unacknowledged")
        }
        spool.settle(settlement.stream, through: settlement.through, by: "uplink")
    }
}

@Suite("The uplink pump, under random acknowledgements and disconnections")
struct UplinkPumpPropertyTests {
    @Test("It never settles an unacknowledged row, never loses one, and marks every double", arguments: 0..<40)
    func nothingIsLost(_ seed: Int) {
        var uplink = Uplink(random: SeededRandom(seed: UInt64(seed)))
        uplink.connect()
        for _ in 0..<1500 {
            switch Int.random(in: 0..<100, using: &uplink.random) {
            case 0..<35:
                let stream = Stream.allCases[Int.random(in: 0..<Stream.allCases.count, using: &uplink.random)]
                uplink.spool.append([1], to: stream)
            case 35..<65: uplink.send()
            case 65..<98: uplink.acknowledge()
            default:
                uplink.disconnect()
                uplink.connect()
            }
        }
        drain(&uplink)
        for stream in Stream.allCases {
            let last = uplink.spool.last(of: stream)
            #expect(uplink.spool.cursor(of: "uplink", in: stream) == last)
            #expect(uplink.spool.rows(of: stream, after: 0, limit: 1).isEmpty || stream.staysWhenSettled)
            #expect(uplink.acknowledged.filter { $0.stream == stream }.count == Int(last))
        }
    }

    /// Whatever is left goes out over a connection that lasts.
    private func drain(_ uplink: inout Uplink) {
        for _ in 0..<10_000 {
            uplink.send()
            let isDry = Stream.allCases.allSatisfy {
                uplink.spool.cursor(of: "uplink", in: $0) == uplink.spool.last(of: $0)
            }
            if isDry { return }
            while !uplink.out.isEmpty { uplink.acknowledge() }
        }
        Issue.record("the pump never ran dry")
    }
}
