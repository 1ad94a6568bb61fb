import CSystem
import FieldModel
import KernelNet
import Platform

/// What counting costs this process: lists of connections, or a while of metering as the gateway does it.
///
///     MeterBench SOCKET lists COUNT
///     MeterBench SOCKET meter SECONDS DEVICE
@main
enum MeterBench {
    static func main() throws {
        let words = CommandLine.arguments
        guard words.count >= 4, let number = Int(words[3]) else {
            print("usage: MeterBench SOCKET lists COUNT | meter SECONDS DEVICE")
            exit(64)
        }
        let path = KernelCounters.Path(id: "bench", device: words.count > 4 ? words[4] : "wwan0")
        let counters = KernelCounters(paths: [path], helper: words[1], time: SystemTime(source: .kernel))
        words[2] == "lists" ? try lists(counters, number) : try meter(counters, number)
    }

    private static func lists(_ counters: KernelCounters, _ count: Int) throws {
        let warm = try counters.flows().count
        let (cpu, wall) = (fg_process_cpu_ns(), fg_boottime_ns())
        for _ in 0..<count { _ = try counters.flows() }
        print(
            "{\"connections\":\(warm),\"lists\":\(count),\"cpu_us\":\((fg_process_cpu_ns() - cpu) / 1000 / Int64(count)),"
                + "\"wall_us\":\((fg_boottime_ns() - wall) / 1000 / Int64(count))}")
    }

    /// Events and a reading every second, a list every five, as a meter asks.
    private static func meter(_ counters: KernelCounters, _ seconds: Int) throws {
        let first = try counters.reading(of: "bench")
        let (cpu, begin) = (fg_process_cpu_ns(), fg_boottime_ns())
        var events = 0
        var span = Duration.zero
        for second in 0..<seconds {
            let found = try counters.events(limit: 10_000)
            counters.release(found.count)
            events += found.count
            span = max(span, try counters.reading(of: "bench").span)
            if second % 5 == 0 { _ = try counters.flows() }
            var rest = pollfd(fd: -1, events: 0, revents: 0)
            poll(&rest, 0, 1000)
        }
        let last = try counters.reading(of: "bench")
        let wall = fg_boottime_ns() - begin
        let megabits = Double(last.sent.bytes - first.sent.bytes) * 8000 / Double(wall)
        print(
            "{\"seconds\":\(wall / 1_000_000_000),\"kbit_s\":\(Int(megabits * 1000)),\"events\":\(events),"
                + "\"cpu_ppm\":\((fg_process_cpu_ns() - cpu) * 1_000_000 / wall),"
                + "\"span_us\":\(span.wholeNanoseconds / 1000)}")
    }
}
