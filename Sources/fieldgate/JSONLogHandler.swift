import CSystem
import FieldModel
import JSONText
import Logging

/// One JSON object a line on standard error: `{"t":…,"level":…,"message":…, metadata…}`.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var json = JSONWriter(capacity: 256)
        json.raw("{\"t\":")
        json.time(Timestamp(microseconds: fg_utc_us()))
        json.raw(",\"level\":")
        json.string(event.level.rawValue)
        json.raw(",\"message\":")
        json.string(event.message.description)
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            json.raw(",")
            json.string(key)
            json.raw(":")
            json.string(value.description)
        }
        json.raw("}\n")
        _ = write(STDERR_FILENO, json.bytes.baseAddress, json.count)
    }
}
