import Calendars
import FieldModel
import Foundation
import Platform
import Testing

/// Python has a reader of its own of the same files.
@Suite("Time zones beside Python's")
struct ZoneOracleTests {
    private static let script = """
        import random, datetime, zoneinfo
        random.seed(7)
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        for name in sorted(zoneinfo.available_timezones()):
            zone = zoneinfo.ZoneInfo(name)
            for _ in range(40):
                at = random.randrange(0, 6_000_000_000)
                there = (epoch + datetime.timedelta(seconds=at)).astimezone(zone)
                print(name, at, int(there.utcoffset().total_seconds()), there.date())
        """

    @Test("Every zone shows the same offset and date at moments from 1970 to 2160")
    func offsets() throws {
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/python3")
        python.arguments = ["-c", Self.script]
        let pipe = Pipe()
        python.standardOutput = pipe
        try python.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        python.waitUntilExit()
        #expect(python.terminationStatus == 0)
        var zones: [String: ZoneRules] = [:]
        var checked = 0
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            let name = String(words[0])
            let rules = try zones[name] ?? ZoneFolder.system.rules(name)
            zones[name] = rules
            let at = try #require(Int64(words[1]))
            let date = rules.date(at: Timestamp(microseconds: at * 1_000_000)).text
            if rules.offset(at: at) != Int(words[2]) || date != String(words[3]) {
                Issue.record("\(line): here \(rules.offset(at: at)) \(date)")
            }
            checked += 1
        }
        #expect(checked > 10_000)
    }
}
