import FieldModel
import Glibc
import Platform
import Store

// Fills the spool in a folder until it is killed: one numbered row after another. It prints each row's number and the
// time, in milliseconds, before it appends the row.
// Usage: SpoolFiller FOLDER COMMIT-INTERVAL-MS
@Sendable func say(_ text: String) {
    let line = Array("\(text)\n".utf8)
    _ = write(1, line, line.count)
}

let settings = SpoolSettings(
    directory: CommandLine.arguments[1], commitInterval: .milliseconds(Int(CommandLine.arguments[2]) ?? 100))
let time = SystemTime(source: .system)
let spool = try SpoolStore(settings, time: time, notice: say, onAlarm: { say($0 ?? "fine") })
for number in 1...1_000_000 {
    say("\(number) \(time.now().nanoseconds / 1_000_000)")
    let body = Array(String(number).utf8)
    spool.append(body, to: number % 10 == 0 ? .event : .telemetry)
    usleep(200)
}
