import CSystem
import ControlAttack

// storm [FRAMES [SEED [TASKS]]]: so many frames through the control path, an oracle beside. 1 when it objects.
let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
guard arguments.count == CommandLine.arguments.count - 1, arguments.count <= 3 else {
    print("usage: storm [FRAMES [SEED [TASKS]]], all of them numbers; 10000000, 1 and 2 without")
    exit(64)
}
let frames = arguments.first ?? 10_000_000
let seed = arguments.count > 1 ? arguments[1] : 1
let tasks = max(1, arguments.count > 2 ? arguments[2] : 2)
let began = ContinuousClock.now
// A new bench now and then: epochs, keys and clocks start anew.
let each = min(1_000_000, max(1, frames / tasks))
let total = await withTaskGroup(of: StormReport?.self) { group in
    var total = StormReport()
    var started: UInt64 = 0
    func start() -> Bool {
        guard started * each < frames else { return false }
        let (number, count) = (started, min(each, frames - started * each))
        started += 1
        group.addTask { FrameStorm(seed: seed + number)?.run(frames: Int(count)) }
        return true
    }
    for _ in 0..<tasks where !start() { break }
    while let report = await group.next() {
        guard let report else {
            print("storm: the wheel loader's profile cannot be read; run it in the repository it was built in")
            exit(1)
        }
        total.add(report)
        _ = start()
    }
    return total
}
let seconds = Double((ContinuousClock.now - began).components.seconds) + 0.001
print(total.text)
print("seeds         \(seed) and following, \(Int(seconds)) s, \(Int(Double(total.frames) / seconds)) frames/s")
exit(total.violations == 0 ? 0 : 1)
