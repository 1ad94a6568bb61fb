import CPowerLog
import FieldModel
import Glibc
import Platform
import Store

// Fills the spool in a folder with 6,000 numbered rows, one after another, and waits to be killed. It prints each row's
// number and the time, in milliseconds, before it appends the row. With a third argument, what reaches the disk is noted
// there, and a mark for every number of an event as soon as the spool says that it is committed.
// Usage: SpoolFiller FOLDER COMMIT-INTERVAL-MS [POWER-LOG]
@Sendable func say(_ text: String) {
    let line = Array("\(text)\n".utf8)
    _ = write(1, line, line.count)
}

let settings = SpoolSettings(
    directory: CommandLine.arguments[1], commitInterval: .milliseconds(Int(CommandLine.arguments[2]) ?? 100))
if CommandLine.arguments.count > 3, power_log_begin(CommandLine.arguments[3]) != 0 {
    say("the log cannot be written")
    exit(1)
}
let time = SystemTime(source: .system)
let spool = try SpoolStore(settings, time: time, notice: say, onAlarm: { say($0 ?? "fine") })
if CommandLine.arguments.count > 3 {
    spool.onChange(of: "filler") { power_log_mark(spool.last(of: .event)) }
}
// Where the test is late on a busy machine, it shall not find more than it can read again.
for number in 1...6000 {
    say("\(number) \(time.now().nanoseconds / 1_000_000)")
    let body = Array(String(number).utf8)
    spool.append(body, to: number % 10 == 0 ? .event : .telemetry)
    usleep(200)
}
while true { pause() }
