import FieldModel
import Glibc
import Platform
import Store

// Appends usage records to the spool in a folder until it is killed, two or three at a time. It prints the number of each
// commit once it is told of it.
// Usage: UsageFiller FOLDER
@Sendable func say(_ text: String) {
    let line = Array("\(text)\n".utf8)
    _ = write(1, line, line.count)
}

let time = SystemTime(source: .system)
let spool = try SpoolStore(
    SpoolSettings(directory: CommandLine.arguments[1]), gateway: "filler", time: time, notice: say,
    onAlarm: { say($0 ?? "fine") })
let journal = try UsageJournal(spool, gateway: "filler", boot: "boot-\(getpid())", time: time, notice: say)
for number in 1...700 {
    let drafts = (0..<(2 + number % 2)).map { _ in
        UsageDraft(
            .gap,
            times: UsageTimes(
                open: time.utc(), close: time.utc(), monotonic: time.now().nanoseconds / 1000, clock: .synced))
    }
    journal.append(drafts) { last in say("\(last ?? 0)") }
    usleep(500)
}
// Whoever wanted to kill it earlier was kept from it, and finds a ledger of bounded size.
while true { pause() }
