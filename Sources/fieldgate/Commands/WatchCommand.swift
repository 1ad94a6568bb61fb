import ArgumentParser
import CSystem
import FieldModel
import Platform

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow the running gateway: a live view in a terminal, else a line a second.")

    @OptionGroup var site: SiteOptions

    @Option(help: "Stop after so many seconds; 0 is never.")
    var seconds = 0

    func run() throws {
        let settings = try site.loadOrExit()
        let client = AdminClient(path: settings.adminSocket)
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var before: StatusDocument?
        var turn = 0
        let start = fg_boottime_ns()
        while seconds == 0 || turn < seconds {
            turn += 1
            Self.sleep(until: start + Int64(turn) * 1_000_000_000)
            do throws(AdminFault) {
                let status = try StatusDocument.parse(try client.ask("status"))
                let view = LiveView(status, before: before)
                Self.show(isTerminal ? "\u{1B}[H\u{1B}[2J" + view.text(colour: true) : view.line)
                before = status
            } catch {
                printError(error.text)
                throw Exit.notRunning
            }
        }
    }

    private static func show(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }

    private static func sleep(until deadline: Int64) {
        let left = deadline - fg_boottime_ns()
        guard left > 0 else { return }
        var pause = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        nanosleep(&pause, nil)
    }
}
