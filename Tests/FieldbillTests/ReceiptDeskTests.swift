import BillStore
import FieldModel
import Testing
import UsageWire

@testable import fieldbill

@Suite("What gateways are told")
struct ReceiptDeskTests {
    private func chain(
        _ gateway: String = "g", _ epoch: UInt32 = 1, head: UInt64, missing: [ClosedRange<UInt64>] = [],
        stop: String? = nil
    ) -> ChainState {
        var chain = ChainHead()
        chain.sequence = head
        chain.hash = "h\(head)"
        chain.stop = stop
        return ChainState(gateway: gateway, epoch: epoch, head: chain, held: missing.isEmpty ? 0 : 1, missing: missing)
    }

    private func receipt(_ sequence: UInt64) -> ReceiptDesk.Action {
        .acknowledge(UsageReceipt(gateway: "g", epoch: 1, sequence: sequence, hash: "h\(sequence)"))
    }

    private func request(
        _ from: UInt64, _ through: UInt64, of gateway: String = "g", epoch: UInt32 = 1
    ) -> ReceiptDesk.Action {
        .request(UsageReplayRequest(gateway: gateway, epoch: epoch, from: from, through: through))
    }

    private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    @Test("a connection begins with receipts, and asks for what may have come after the last stored record")
    func connected() {
        var desk = ReceiptDesk()
        let actions = desk.handle(
            .connected([chain(head: 5), chain("k", 1, head: 9), chain("k", 2, head: 0)]), at: at(0))
        // Of an epoch that only begins, or that a stranger made up, nothing can be said: the one before has its receipt.
        let before = UsageReceipt(gateway: "k", epoch: 1, sequence: 9, hash: "h9")
        #expect(
            actions == [
                receipt(5), .acknowledge(before), request(6, 205), request(1, 200, of: "k", epoch: 2),
            ])
    }

    @Test("what comes of it is asked for on, a window at a time, until nothing more comes")
    func tail() {
        var desk = ReceiptDesk()
        _ = desk.handle(.connected([chain(head: 5)]), at: at(0))
        #expect(desk.handle(.changed([chain(head: 100)]), at: at(1)) == [])
        #expect(desk.handle(.changed([chain(head: 205)]), at: at(2)) == [request(206, 405)])
        // Some were lost on the way.
        #expect(desk.handle(.changed([chain(head: 300)]), at: at(12)) == [request(301, 500)])
        #expect(desk.isWaiting && desk.deadline == at(22))
        #expect(desk.handle(.changed([chain(head: 300)]), at: at(22)) == [])
        #expect(!desk.isWaiting && desk.deadline == at(60))
    }

    @Test("a receipt goes out every minute, and at the end")
    func minute() {
        var desk = ReceiptDesk()
        _ = desk.handle(.connected([chain(head: 5)]), at: at(0))
        _ = desk.handle(.changed([chain(head: 5)]), at: at(10))
        #expect(desk.handle(.changed([chain(head: 8)]), at: at(59)) == [])
        #expect(desk.deadline == at(60))
        #expect(desk.handle(.changed([chain(head: 9)]), at: at(60)) == [receipt(9)])
        #expect(desk.handle(.changed([chain(head: 9)]), at: at(119)) == [])
        #expect(desk.handle(.ending([chain(head: 11)]), at: at(120)) == [receipt(11)])
    }

    @Test("every hole is asked for at once, again after ten seconds, and no more once it is filled")
    func holes() {
        var desk = ReceiptDesk()
        _ = desk.handle(.connected([]), at: at(0))
        let open = chain(head: 5, missing: [6...8, 20...20])
        #expect(desk.handle(.changed([open]), at: at(1)) == [request(6, 8), request(20, 20)])
        #expect(desk.isWaiting)
        #expect(desk.handle(.changed([open]), at: at(9)) == [])
        // Half filled is still asked for; a new one at once.
        let half = chain(head: 6, missing: [7...8, 20...20, 30...31])
        #expect(desk.handle(.changed([half]), at: at(10)) == [request(30, 31)])
        #expect(desk.deadline == at(11))
        #expect(desk.handle(.changed([half]), at: at(11)) == [request(7, 8), request(20, 20)])
        #expect(desk.handle(.changed([chain(head: 40)]), at: at(12)) == [])
        #expect(!desk.isWaiting)
    }

    @Test("a large hole is asked for in windows, each as soon as the one before is there")
    func large() {
        var desk = ReceiptDesk()
        _ = desk.handle(.connected([]), at: at(0))
        let hole = { (from: UInt64) in self.chain(head: from - 1, missing: [from...1000]) }
        #expect(desk.handle(.changed([hole(6)]), at: at(1)) == [request(6, 205)])
        #expect(desk.handle(.changed([hole(200)]), at: at(2)) == [])
        #expect(desk.handle(.changed([hole(206)]), at: at(3)) == [request(206, 405)])
    }

    @Test("where a bad record stands in place of the next, that one is asked for")
    func stopped() {
        var desk = ReceiptDesk()
        _ = desk.handle(.connected([]), at: at(0))
        #expect(desk.handle(.changed([chain(head: 5, stop: "tampered")]), at: at(1)) == [request(6, 6)])
        #expect(
            desk.handle(.changed([chain(head: 5, missing: [6...8], stop: "tampered")]), at: at(2)) == [request(6, 8)])
    }
}
