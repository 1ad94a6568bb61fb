import FieldGateTesting
import FieldModel
import Testing

@testable import Telemetry

func row(_ sequence: UInt64, _ stream: FieldModel.Stream = .telemetry) -> SpoolRow {
    SpoolRow(
        identity: RowIdentity(epoch: 1, stream: stream, sequence: sequence), body: [UInt8(truncatingIfNeeded: sequence)]
    )
}

@Suite("The uplink pump")
struct UplinkPumpTests {
    private func connected(
        window: Int = 4, cursor: UInt64 = 0, head: UInt64 = 0
    ) -> UplinkPump {
        var pump = UplinkPump()
        pump.connected(window: window, cursors: [.telemetry: cursor], heads: [.telemetry: head])
        return pump
    }

    private func settlement(_ through: UInt64, _ stream: FieldModel.Stream = .telemetry) -> UplinkPump.Settlement {
        UplinkPump.Settlement(stream: stream, through: through)
    }

    @Test("Nothing is sent before there is a connection, nor after it")
    func offline() {
        var pump = UplinkPump()
        #expect(pump.room(in: .telemetry) == nil)
        pump = connected()
        #expect(pump.room(in: .telemetry) != nil)
        pump.disconnected()
        #expect(pump.room(in: .telemetry) == nil)
        #expect(pump.inFlight == 0)
    }

    @Test("Acknowledgements out of order settle only the rows up to the first gap")
    func outOfOrder() {
        var pump = connected()
        for number in 1...4 { pump.sent(row(UInt64(number)), token: Int32(number)) }
        #expect(pump.acknowledged(token: 2) == nil)
        #expect(pump.acknowledged(token: 4) == nil)
        #expect(pump.acknowledged(token: 1) == settlement(2))
        #expect(pump.acknowledged(token: 3) == settlement(4))
        #expect(pump.inFlight == 0)
    }

    @Test("The window is shared by all streams and never exceeded")
    func window() {
        var pump = connected(window: 3)
        #expect(pump.room(in: .event)?.limit == 3)
        pump.sent(row(1), token: 1)
        pump.sent(row(1, .event), token: 2)
        #expect(pump.room(in: .telemetry)?.limit == 1)
        pump.sent(row(2), token: 3)
        #expect(pump.room(in: .telemetry) == nil)
        #expect(pump.room(in: .event) == nil)
        #expect(pump.acknowledged(token: 2) == settlement(1, .event))
        #expect(pump.room(in: .event)?.after == 1)
        #expect(pump.room(in: .telemetry)?.after == 2)
    }

    @Test("A row beyond a gap in the numbers settles across it: dropped rows are not waited for")
    func gapInNumbers() {
        var pump = connected(cursor: 5)
        pump.sent(row(9), token: 1)
        pump.sent(row(10), token: 2)
        #expect(pump.acknowledged(token: 1) == settlement(9))
        #expect(pump.acknowledged(token: 2) == settlement(10))
    }

    @Test("A new connection starts again at what is settled, and marks what it sends again")
    func reconnect() {
        var pump = connected(window: 4, cursor: 0, head: 0)
        for number in 1...3 { pump.sent(row(UInt64(number)), token: Int32(number)) }
        #expect(pump.acknowledged(token: 1) == settlement(1))
        #expect(pump.acknowledged(token: 3) == nil)
        #expect(!pump.isReplay(row(3).identity))
        pump.disconnected()
        #expect(pump.acknowledged(token: 2) == nil)
        pump.connected(window: 4, cursors: [.telemetry: 1], heads: [.telemetry: 3])
        #expect(pump.room(in: .telemetry)?.after == 1)
        #expect(pump.isReplay(row(2).identity))
        #expect(pump.isReplay(row(3).identity))
        #expect(!pump.isReplay(row(4).identity))
        #expect(!pump.isReplay(row(1, .event).identity))
    }

    @Test("An acknowledgement of a former connection, or of nothing, settles nothing")
    func strangers() {
        var pump = connected()
        pump.sent(row(1), token: 7)
        #expect(pump.acknowledged(token: 8) == nil)
        #expect(pump.acknowledged(token: 7) == settlement(1))
        #expect(pump.acknowledged(token: 7) == nil)
        #expect(pump.row(token: 7) == nil)
    }

    @Test("The row behind a token is known while it is out")
    func rowOfToken() {
        var pump = connected()
        pump.sent(row(1), token: 7)
        pump.sent(row(1, .event), token: 8)
        #expect(pump.row(token: 7) == row(1))
        #expect(pump.row(token: 8) == row(1, .event))
        #expect(pump.row(token: 9) == nil)
    }

    @Test("A row that cannot be published keeps its place in the order")
    func skipped() {
        var pump = connected()
        pump.sent(row(1), token: 1)
        #expect(pump.skipped(row(2)) == nil)
        #expect(pump.inFlight == 1)
        #expect(pump.room(in: .telemetry)?.after == 2)
        #expect(pump.acknowledged(token: 1) == settlement(2))
        #expect(pump.skipped(row(3)) == settlement(3))
    }
}
