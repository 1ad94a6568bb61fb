import FieldGateTesting
import FieldModel
import Foundation
import Testing

@Suite("Time stamps")
struct TimestampTests {
    @Test("A random instant of 1970 to 2100 is written as Foundation's calendar writes it, and read back")
    func roundTrip() throws {
        var random = SeededRandom(seed: 1970)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        for _ in 0..<2000 {
            let milliseconds = Int64.random(in: 0..<4_102_444_800_000, using: &random)
            let stamp = Timestamp(microseconds: milliseconds * 1000)
            let date = Date(timeIntervalSince1970: TimeInterval(milliseconds / 1000))
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
            let expected = String(
                format: "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", try #require(parts.year), try #require(parts.month),
                try #require(parts.day), try #require(parts.hour), try #require(parts.minute),
                try #require(parts.second), Int(milliseconds % 1000))
            #expect(stamp.iso8601 == expected)
            #expect(Timestamp(rfc3339: expected) == stamp)
        }
    }

    @Test(
        "A text of RFC 3339 means its instant",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:00.000001Z", 1),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2000-02-29T12:00:00Z", 951_825_600_000_000),
            ("2024-02-29T23:59:59.5Z", 1_709_251_199_500_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000_000),
            ("2026-11-20T08:00:00.123Z", 1_795_161_600_123_000),
            ("2026-11-20T08:00:00.123456789Z", 1_795_161_600_123_456),
            ("2026-11-20T16:00:00+08:00", 1_795_161_600_000_000),
            ("2026-11-20T02:30:00-05:30", 1_795_161_600_000_000),
            ("2026-11-20t08:00:00z", 1_795_161_600_000_000),
            ("2026-11-20 08:00:00Z", 1_795_161_600_000_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
        ] as [(String, Int64)])
    func parsing(_ text: String, _ microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(
        "What is no instant of RFC 3339 is nil",
        arguments: [
            "", "now", "2026", "2026-11-20", "2026-11-20T08:00:00", "2026-11-20T08:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-00T00:00:00Z", "2023-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T08:60:00Z",
            "2026-11-20T08:00:61Z", "2026-11-20T08:00:00.Z", "2026-11-20T08:00:00,5Z", "2026-11-20T08:00:00+0800",
            "2026-11-20T08:00:00+24:00", "2026-11-20T08:00:00+08:60", "2026-11-20T08:00:00+8:00",
            "2026-11-20T08:00:00Zz", " 2026-11-20T08:00:00Z", "26-11-20T08:00:00Z", "2026-1-20T08:00:00Z",
            "2026-11-20T08:00:00.12aZ", "２０２６-11-20T08:00:00Z",
        ])
    func garbage(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(
        "Every instant has 24 characters, however far away",
        arguments: [Int64.min, -62_167_219_200_000_001, -1, 0, 253_402_300_799_999_999, Int64.max])
    func extremes(_ microseconds: Int64) {
        #expect(Timestamp(microseconds: microseconds).iso8601.utf8.count == 24)
    }

    @Test("Microseconds below a millisecond are cut, before 1970 too")
    func cut() {
        #expect(Timestamp(microseconds: 1_999).iso8601 == "1970-01-01T00:00:00.001Z")
        #expect(Timestamp(microseconds: -1).iso8601 == "1969-12-31T23:59:59.999Z")
    }
}
