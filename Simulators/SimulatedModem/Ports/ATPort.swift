/// What is under way on one port: commands are served one after the other.
struct ATPort {
    /// Lines that wait for the one before them; what is beyond is lost.
    static let longestQueue = 32

    let line: any ATLine
    var reader = LineReader()
    var waiting: [String] = []
    /// An answer is on its way.
    var isBusy = false
    /// Goes up when the port vanishes, so that an answer from before does not come after.
    var generation = 0

    init(_ line: any ATLine) { self.line = line }

    mutating func forget() {
        reader = LineReader()
        waiting = []
        isBusy = false
        generation += 1
    }
}
