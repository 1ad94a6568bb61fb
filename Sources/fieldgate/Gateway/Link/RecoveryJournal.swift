import FieldModel
import JSONText
import Link
import Platform

/// Every rung that was climbed, with its evidence and what came of it: lines of JSON in the spool's folder. What it
/// remembers of the last day holds the daily caps over restarts.
struct RecoveryJournal {
    /// Larger, and it begins anew; the one before is kept beside it.
    private static let largest = 1 << 20

    let path: String

    init(directory: String) { path = directory + "/recovery.jsonl" }

    struct Entry {
        var time: Timestamp
        var modem: String
        /// `climb` or `recovered`.
        var what: String
        var rung: RecoveryRung
        var fields: [EventBatch.Field]

        var line: String {
            var json = JSONWriter()
            json.raw("{\"schema\":\"fg.recovery/1\",\"t\":")
            json.string(time.iso8601)
            json.member("modem", .text(modem))
            json.member("what", .text(what))
            json.member("rung", .text(rung.name))
            for field in fields { json.member(field.name, field.value) }
            json.raw("}")
            return json.text
        }
    }

    func add(_ entry: Entry) throws(SystemError) {
        if let size = FileText.size(path), size > Self.largest { try FileText.move(path, to: path + ".old") }
        try FileText.append(entry.line, to: path)
    }

    /// The climbs of the last 24 hours of a modem, as moments of this boot. A clock that was wrong then says nothing.
    func history(of modem: String, time: any TimeSource) -> [RecoveryLadder.Attempt] {
        let now = time.now()
        let utc = time.utc().microseconds
        return [path + ".old", path].flatMap { (FileText.read($0) ?? "").split(separator: "\n") }
            .compactMap { line in
                guard let json = try? JSONReader.read(line), json.text("modem") == modem, json.text("what") == "climb",
                    let rung = RecoveryRung.allCases.first(where: { $0.name == json.text("rung") }),
                    let then = Timestamp(rfc3339: json.text("t"))
                else { return nil }
                let age = Duration.microseconds(utc - then.microseconds)
                guard age >= .zero, age < .seconds(86_400) else { return nil }
                return RecoveryLadder.Attempt(
                    rung: rung, at: Instant(nanoseconds: now.nanoseconds - age.wholeNanoseconds))
            }
    }
}
