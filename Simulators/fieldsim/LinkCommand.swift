import ArgumentParser
import CSystem
import Glibc
import SimulatedLink
import SimulatorKit

struct LinkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Emulates the radio links between the gateway and its carriers.",
        discussion: """
            Needs the namespaces of 'fieldsim net up'. Prints 'ready', and its statistics as JSON when it ends.
            Profiles, all synthetic: \(LinkProfile.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")).
            The control socket takes: \(LinkControl.usage).
            """)

    @OptionGroup var network: NetworkOptions

    @Option(help: "a=PROFILE or b=PROFILE, once for each path; default: every path there is, clean.")
    var path: [String] = []

    @Option(help: "A timeline in YAML.")
    var timeline: String?

    @Option(help: "Seconds of the timeline in one second.")
    var timeScale = 1.0

    @Option(help: "Same seed and same packets, same fates.")
    var seed: UInt64 = 1

    @Option(help: "Path of the unix socket that takes control commands.")
    var control: String?

    @Option(help: "Also write the statistics to this file at the end.")
    var stats: String?

    @Option(help: "Write a line of CSV for each packet to this file.")
    var trace: String?

    @Flag(help: "Run ahead of all other load (SCHED_FIFO); a flood of packets can then keep a processor.")
    var realtime = false

    func validate() throws {
        guard timeScale > 0, timeScale <= 10_000 else {
            throw ValidationError("--time-scale is above 0 and at most 10000.")
        }
        _ = try profiles(allPaths: [])
    }

    func run() throws {
        try network.enterWithoutRoot()
        let reactor = try Reactor()
        let stop = try StopSignal(reactor: reactor)
        let link = try LinkEmulator(plan(), reactor: reactor)
        if realtime { _ = try SystemFault.check(fg_thread_fifo(10), "--realtime (needs root, or a limit for rtprio)") }
        let socket = try control.map { try ControlSocket(path: $0, reactor: reactor) { LinkControl.obey($0, link) } }
        for line in link.announcements { Output.line(line) }
        Output.line("ready")
        reactor.run()
        socket?.shutDown()
        let statistics = link.statistics.text
        link.shutDown()
        Output.line(statistics)
        if let stats { try TextFile.write(statistics + "\n", to: stats) }
        withExtendedLifetime(stop) {}
        if let failure = link.failure { throw failure }
    }

    private func plan() throws -> LinkPlan {
        var plan = LinkPlan()
        (plan.prefix, plan.timeScale, plan.seed, plan.trace) = (network.prefix, timeScale, seed, trace)
        let field = try FieldNetwork(prefix: network.prefix)
        plan.profiles = try profiles(allPaths: PathName.allCases.filter { field.present.contains(field.carrier($0)) })
        guard !plan.profiles.isEmpty else {
            throw SystemFault("there is no network of prefix \(network.prefix): run 'fieldsim net up' first")
        }
        if let timeline { plan.timeline = try TimelineReader.read(try TextFile.read(timeline), file: timeline) }
        for step in plan.timeline.steps where !plan.profiles.contains(where: { $0.path == step.path }) {
            throw SystemFault("\(timeline ?? ""): path \(step.path) is not run; add --path \(step.path)=PROFILE")
        }
        return plan
    }

    private func profiles(allPaths: [PathName]) throws -> [(path: PathName, profile: LinkProfile)] {
        guard !path.isEmpty else { return try allPaths.map { ($0, try LinkProfile.named("clean")) } }
        var chosen: [(path: PathName, profile: LinkProfile)] = []
        for text in path {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let name = PathName(rawValue: parts[0]),
                !chosen.contains(where: { $0.path == name })
            else { throw ValidationError("--path '\(text)': accepted are a=PROFILE and b=PROFILE, each once.") }
            do {
                chosen.append((name, try LinkProfile.named(parts[1])))
            } catch {
                throw ValidationError("--path: \(error).")
            }
        }
        return chosen
    }
}
