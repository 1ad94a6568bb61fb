import Control
import ControlPath
import ControlWire
import FieldGateTesting
import FieldModel

/// Frames of every kind, good and bad, by the broker and both direct paths, in any order and at any time, against one
/// machine's control path: bytes in, register writes out, an oracle beside.
package final class FrameStorm {
    /// A message as it went out.
    struct Sent {
        var made: StormOracle.Made
        var bytes: [UInt8]
        /// Nil for the broker.
        var path: Int?
    }

    struct Delayed {
        var sent: Sent
        var due: Instant
    }

    let bench: ControlBench
    let oracle: StormOracle
    var random: SeededRandom
    var console: BenchConsole
    /// Who had the machine before, with keys that count no more.
    var former: BenchConsole
    /// Who asks for it.
    var candidate: BenchConsole?
    var history: [Sent] = []
    var delayed: [Delayed] = []
    /// Number and time of the newest states.
    var echoes: [(number: UInt32, time: UInt64)] = []
    var nextFrame: Instant
    var nextTry: Instant
    /// Frames are lost, late and overtaken, and not only forged.
    var isRough = false
    /// Frames since the phase last changed.
    var held = 0
    var stopID: UInt64 = 0
    var oldStops: [[UInt8]] = []
    var faultUntil: Instant?
    var pressedUntil: Instant?
    private var phase = SessionPhase.idle
    /// The message that is being delivered: the writes it brings come before its delivery is over.
    private var underWay: (made: StormOracle.Made, rejects: UInt32, newest: UInt64, stop: UInt32)?

    package init?(seed: UInt64) {
        guard let bench = ControlBench() else { return nil }
        self.bench = bench
        random = SeededRandom(seed: seed)
        oracle = StormOracle(limits: bench.session.limits)
        console = bench.console("anna")
        former = bench.console("ben")
        (nextFrame, nextTry) = (bench.now, bench.now)
        bench.log.forgetRecords()
        bench.bus.onWrite = { [unowned self] request, now in
            resolve()
            // As it was until this write.
            oracle.look(at: &bench.bus.controller, now)
            oracle.write(request, at: now)
        }
        bench.bus.onJob = { [unowned self] _, _ in
            resolve()
            oracle.began()
        }
        bench.air.onState = { [unowned self] in hear($0) }
        bench.run(.milliseconds(700))
    }

    package func run(frames: Int) -> StormReport {
        let began = bench.now
        let goal = oracle.report.frames + frames
        while oracle.report.frames < goal { step() }
        oracle.report.lasted += began.duration(to: bench.now)
        return oracle.report
    }

    private func step() {
        bench.run(.microseconds(chance(50) ? below(400_000) : below(9000)))
        deliverDelayed()
        noticePhase()
        oracle.look(at: &bench.bus.controller, bench.now)
        steer()
        if bench.now >= nextFrame { pilot() }
        if !chance(5) { noise() }
        disturb()
        takeAnswers()
    }

    /// Below `limit`, evenly.
    func below(_ limit: Int64) -> Int64 { .random(in: 0..<limit, using: &random) }
    /// Once in so many times.
    func chance(_ times: UInt64) -> Bool { random.next(upperBound: times) == 0 }

    private func noticePhase() {
        let now = bench.phase
        guard now != phase else { return }
        phase = now
        held = 0
        oracle.report.transitions[now.name, default: 0] += 1
    }

    /// Reads number and time of a state by their places, as a console of another maker would.
    private func hear(_ state: UnsafeRawBufferPointer) {
        func number(_ range: Range<Int>) -> UInt64 { state[range].reduce(0) { $0 << 8 | UInt64($1) } }
        echoes.append((UInt32(number(32..<36)), number(16..<24)))
        if echoes.count > 128 { echoes.removeFirst(64) }
        (console.state.sequence, console.state.time) = (echoes[echoes.count - 1].number, echoes[echoes.count - 1].time)
    }

    // MARK: Sending

    /// Makes the message, by the broker or a path.
    func make(_ frame: CommandFrame, isSound: Bool, path: Int?, by other: BenchConsole? = nil) -> Sent {
        let made = StormOracle.Made(frame: frame, sampled: bench.now, isSound: isSound)
        if let other { return Sent(made: made, bytes: other.sealed(frame), path: nil) }
        let bytes = path == nil ? console.sealed(frame) : console.packet(frame, at: bench.now)
        return Sent(made: made, bytes: bytes, path: path)
    }

    func anyPath() -> Int? {
        let choice = Int(below(4))
        return choice < 2 ? choice : nil
    }

    /// Sends now, or some time later.
    func send(_ sent: Sent, within microseconds: Int64) {
        if history.count < 256 { history.append(sent) } else { history[Int(below(256))] = sent }
        guard microseconds > 0 else { return deliver(sent) }
        delayed.append(Delayed(sent: sent, due: bench.now + .microseconds(below(microseconds))))
    }

    private func deliverDelayed() {
        var index = 0
        while index < delayed.count {
            if delayed[index].due <= bench.now {
                deliver(delayed.swapRemove(at: index).sent)
            } else {
                index += 1
            }
        }
    }

    func deliver(_ sent: Sent, retained: Bool = false) {
        underWay = (sent.made, bench.rejects, bench.newestFrame, bench.stopNumber)
        if let path = sent.path {
            bench.packet(sent.bytes, path: path)
        } else {
            bench.command(sent.bytes, retained: retained)
        }
        resolve()
    }

    /// What became of the message under way, as soon as it can be known.
    private func resolve() {
        guard let (made, rejects, newest, stop) = underWay else { return }
        underWay = nil
        let outcome: FrameOutcome =
            if bench.rejects != rejects, let reject = bench.lastReject {
                .rejected(reject)
            } else {
                newest != bench.newestFrame && made.frame.sequence == bench.newestFrame ? .accepted : .copy
            }
        oracle.delivered(made, outcome, stop: stop, at: bench.now)
    }

    private func takeAnswers() {
        guard !bench.answers.isEmpty else { return }
        for case .granted(let session, let epoch) in bench.answers.map(\.answer) {
            guard let candidate, candidate.session == session else { continue }
            (former, console) = (console, candidate)
            self.candidate = nil
            oracle.granted(epoch)
        }
        bench.forget()
    }
}

extension Array {
    fileprivate mutating func swapRemove(at index: Int) -> Element {
        swapAt(index, count - 1)
        return removeLast()
    }
}
