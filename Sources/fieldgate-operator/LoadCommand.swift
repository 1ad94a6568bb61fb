import ArgumentParser
import ControlWire
import FieldModel
import Measure
import OperatorInput
import OperatorKit
import Platform

struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Drive a sine for a while and print what the loop costs, as JSON.",
        discussion: """
            It moves the machine. Round trips run from the intended time of a frame to the first state that names it \
            or a newer one, so they hold the gateway's time until its next state (20 ms at most).
            """)

    @OptionGroup var driving: DrivingOptions

    @Option(help: "For how long, from the first frame with enable.")
    var seconds = 60

    @Option(help: "Frames a second; the gateway takes at most 120.")
    var rate = 50

    @Option(help: "The axis to move; the first by default.")
    var axis: String?

    @Option(help: "How far, of full deflection.")
    var amplitude = 0.3

    func validate() throws {
        guard (1...120).contains(rate) else { throw ValidationError("--rate is 1 to 120 frames a second") }
        guard seconds > 0 else { throw ValidationError("--seconds is 1 or more") }
        guard (0...1).contains(amplitude) else { throw ValidationError("--amplitude is 0 to 1") }
    }

    func run() throws {
        var settings = try driving.settings()
        settings.framePeriod = .nanoseconds(1_000_000_000 / Int64(rate))
        let (axis, amplitude, length) = (axis, amplitude, Duration.seconds(seconds))
        let sitting = try ConsoleSitting(settings) { nameplate in
            guard let place = axis.map({ nameplate.axes.firstIndex(of: $0) }) ?? 0 else {
                throw ConsoleFault(
                    "the machine has no axis '\(axis ?? "")'; it has \(nameplate.axes.joined(separator: ", "))")
            }
            return SineInput(axes: nameplate.axes.count, axis: place, amplitude: amplitude, length: length)
        }
        let (nameplate, role) = try sitting.nameplate()
        if !driving.yes { Terminal.complain(nameplate.page(role)) }
        guard try sitting.confirm(nameplate, asking: !driving.yes) else {
            sitting.console.stop()
            throw Exit.notConfirmed
        }
        var end: ConsoleEvent?
        while end == nil { end = try sitting.events(within: .milliseconds(100)).first(where: \.isLast) }
        Terminal.say(Self.figures(sitting.console.statistics, seconds: seconds, rate: rate))
        if let end, let code = sitting.complain(end, asLost: Exit.lost) { throw code }
    }

    private static func figures(_ statistics: ConsoleStatistics, seconds: Int, rate: Int) -> String {
        let paths = statistics.statesByPath.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
        return "{\"seconds\":\(seconds),\"rate\":\(rate),\"frames\":\(statistics.frames),"
            + "\"frames_by_mqtt\":\(statistics.framesByBroker),\"packets\":\(statistics.packets),"
            + "\"missed_times\":\(statistics.missedTimes),\"states_by_mqtt\":\(statistics.statesByBroker),"
            + "\"states_by_path\":{\(paths.joined(separator: ","))},\"forged\":\(statistics.forged),"
            + "\"replayed\":\(statistics.replayed),\"round_trip\":\(statistics.roundTrips.json)}"
    }
}

/// Enable held, one axis on a sine of 2 s; at the end it lets go.
final class SineInput: SelfRunningInput {
    private let axes: Int
    private let axis: Int
    private let amplitude: Double
    private let length: Duration
    private var started: Instant?

    init(axes: Int, axis: Int, amplitude: Double, length: Duration) {
        (self.axes, self.axis, self.amplitude, self.length) = (axes, axis, amplitude, length)
    }

    func start(at now: Instant) { started = now }

    func sample(at now: Instant) -> OperatorSample {
        var sample = OperatorSample(axes: [Double](repeating: 0, count: axes))
        guard let elapsed = started?.duration(to: now) else { return sample }
        guard elapsed < length else {
            sample.quits = elapsed < length + .seconds(1) ? 0 : 1
            return sample
        }
        sample.enable = true
        // Neutral until the enable counts.
        if elapsed > .seconds(1), axis < axes { sample.axes[axis] = amplitude * wave(elapsed.inSeconds / 2 - 0.5) }
        return sample
    }

    /// A sine to a thousandth, by two parabolas: no library of mathematics for one curve.
    private func wave(_ turns: Double) -> Double {
        let part = 2 * (turns - turns.rounded())
        let curve = 4 * part * (1 - abs(part))
        return curve * (0.775 + 0.225 * abs(curve))
    }

    let descriptor: Int32 = -1
    let interest: EventInterest = []
    let deadline: Instant? = nil
    let fault: String? = nil
    func ready(_ events: EventInterest, at now: Instant) {}
}
