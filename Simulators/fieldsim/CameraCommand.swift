import ArgumentParser
import SimulatedLink
import SimulatorKit

struct CameraCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "camera", abstract: "A network camera's RTP stream, or its receiver; both measure.",
        discussion: "Runs until SIGTERM or for the given time, and prints its statistics as one line of JSON.")

    @Option(help: "Send to HOST:PORT (IPv4).")
    var to: String?

    @Option(help: "Receive on this UDP port; 0 lets the system choose.")
    var receive: UInt16?

    @Option(help: "Own address.")
    var bind = ""

    @Option(help: "Video bits a second; the default makes 4 GB in 8 h.")
    var rate = "1.1Mbit/s"

    @Option(help: "Frames a second.")
    var fps = 25

    @Option(help: "Time from key frame to key frame.")
    var keyEvery = "2s"

    @Option(help: "Spread each frame over this time, less than its period; 0ms sends it at once.")
    var pace = "0ms"

    @Option(help: "Same seed, same frames.")
    var seed: UInt64 = 1

    @Option(name: .customLong("for"), help: "End after this time.")
    var duration: String?

    func validate() throws {
        guard (to == nil) != (receive == nil) else { throw ValidationError("Give either --to or --receive.") }
        guard (1...240).contains(fps) else { throw ValidationError("--fps is 1 to 240.") }
        _ = try duration.map { try Self.read("--for", $0) }
        if to != nil { _ = try plan() }
    }

    func run() throws {
        let reactor = try Reactor()
        let stop = try StopSignal(reactor: reactor)
        if let duration { reactor.after(try Nanoseconds.parse(duration)) { reactor.stop() } }
        if let receive {
            let receiver = try CameraReceiver(bind: bind, port: receive, reactor: reactor)
            Output.line("listening udp \(bind.isEmpty ? "0.0.0.0" : bind):\(receiver.port)")
            reactor.run()
            Output.line(receiver.statistics.text)
            receiver.shutDown()
        } else {
            let sender = try CameraSender(plan(), reactor: reactor)
            reactor.run()
            Output.line(sender.statistics.text)
        }
        withExtendedLifetime(stop) {}
    }

    private func plan() throws -> CameraSender.Plan {
        var plan = CameraSender.Plan()
        let parts = (to ?? "").split(separator: ":").map(String.init)
        guard parts.count == 2, let port = UInt16(parts[1]), port > 0 else {
            throw ValidationError("--to '\(to ?? "")': accepted is HOST:PORT, such as 10.99.0.10:5004.")
        }
        (plan.host, plan.port, plan.bind, plan.framesPerSecond, plan.seed) = (parts[0], port, bind, fps, seed)
        plan.keyEvery = try Self.read("--key-every", keyEvery)
        plan.pace = try Self.read("--pace", pace)
        guard plan.pace < 1_000_000_000 / Int64(fps) else {
            throw ValidationError("--pace is shorter than a frame's period, \(1000 / fps)ms.")
        }
        do {
            guard let rate = try Quantity.rate(rate), rate <= 1_000_000_000 else {
                throw ControlFault("at most 1000M")
            }
            plan.rate = rate
        } catch {
            throw ValidationError("--rate: \(error).")
        }
        return plan
    }

    private static func read(_ name: String, _ text: String) throws -> Int64 {
        do {
            return try Nanoseconds.parse(text)
        } catch {
            throw ValidationError("\(name): \(error).")
        }
    }
}
