import Billing
import Calendars
import FieldModel
import Foundation
import Tariffs
import Testing

/// `Tests/Fixtures/tariffs/oracle.py` works out random plans by itself.
@Suite("Random plans beside another calculation")
struct OracleTests {
    private struct Case: Decodable {
        var plan: String
        var from: String?
        var messages: Int64?
        var amounts: [String]?
        var net: String?
        var total: String?
        var down: String?
        var payments: [String]?
    }

    @Test("Every amount is the same, to the last minor unit", arguments: [1, 2, 3])
    func amounts(_ seed: Int) throws {
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/python3")
        python.arguments = [Desk.fixtures.appending(path: "oracle.py").path(percentEncoded: false), "\(seed)", "300"]
        let pipe = Pipe()
        python.standardOutput = pipe
        try python.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        python.waitUntilExit()
        #expect(python.terminationStatus == 0)
        var checked = 0
        for line in output.split(separator: UInt8(ascii: "\n")) {
            let given = try JSONDecoder().decode(Case.self, from: Data(line))
            if given.payments != nil { try checkBundle(given) } else { try checkPeriod(given) }
            checked += 1
        }
        #expect(checked >= 300)
    }

    private func checkPeriod(_ given: Case) throws {
        var desk = try Desk(try Desk.plan(text: given.plan))
        desk.input.plans[0].from = try Desk.date(given.from ?? "")
        let last = Timestamp(microseconds: desk.input.period.end.microseconds - 1)
        let rated = try desk.rated([desk.messages(given.messages ?? 0, at: last)])
        let agrees =
            rated.total.text == given.total && rated.net.text == given.net
            && (given.amounts.map { $0 == rated.amounts } ?? true)
            && rated.lines.reduce(0) { $0 + $1.amount.minor } == rated.subtotal.minor
        if !agrees { Issue.record("\(given): here \(rated.amounts), net \(rated.net.text), total \(rated.total.text)") }
    }

    private func checkBundle(_ given: Case) throws {
        let schedule = try #require(try LifetimeSchedule(try Desk.plan(text: given.plan)))
        let payments = schedule.instalments.map(\.amount.text)
        if payments != given.payments || schedule.down.text != given.down {
            Issue.record("\(given.plan): here \(schedule.down.text), \(payments)")
        }
    }
}
