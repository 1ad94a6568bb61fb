import ArgumentParser
import FieldModel
import KernelNet

struct NetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "net", abstract: "Routes, traffic classes and camera forwarding of the site.",
        subcommands: [Plan.self, Apply.self, Status.self, Clear.self])

    struct Plan: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the commands and rules that put the site's plan in force; nothing is changed.")

        @OptionGroup var site: SiteOptions

        func run() throws {
            let plan = try site.networkPlan()
            let reading = KernelReading(tools: SystemTools())
            let addresses = plan.paths.map { ($0.device, reading.address(of: $0.device)) }
            let known = addresses.compactMap { device, address in address.map { (device, $0) } }
            print(NetworkCommands(plan: plan, addresses: Dictionary(uniqueKeysWithValues: known)).text)
            for finding in KernelCheck(tools: SystemTools()).run() where finding.verdict == .missing {
                printError(finding.text)
            }
        }
    }

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Put the plan in force, through fieldgate-netd.")

        @OptionGroup var site: SiteOptions

        func run() throws {
            let plan = try site.networkPlan()
            try site.withHelper { helper throws(NetworkFault) in NetCommand.tell(try helper.apply(plan)) }
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether the plan is in force, and what is missing of it.",
            discussion: "Exit code 0 when it is, 5 when something of it is not.")

        @OptionGroup var site: SiteOptions

        func run() throws {
            let plan = try site.networkPlan()
            var isInForce = false
            try site.withHelper { helper throws(NetworkFault) in
                let state = try helper.inspect(plan)
                NetCommand.tell(state)
                isInForce = state.isInForce
            }
            if !isInForce { throw Exit.notInForce }
        }
    }

    struct Clear: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take away what FieldGate put into the kernel, and nothing else.")

        @OptionGroup var site: SiteOptions

        func run() throws {
            try site.withHelper { helper throws(NetworkFault) in try helper.clear() }
            print("cleared")
        }
    }

    private static func tell(_ state: NetworkState) {
        if state.isInForce { print("in force") }
        for missing in state.missing { print("missing: \(missing)") }
        for absent in state.absent { print("not in force: \(absent)") }
    }
}

extension SiteOptions {
    fileprivate func networkPlan() throws -> NetworkPlan {
        let settings = try loadOrExit()
        guard let link = settings.link else {
            printError("\(config): there is no `link:` in this site, so there is nothing to plan")
            throw Exit.configuration
        }
        return NetworkPlan(link, isMultipath: settings.broker.isMultipath)
    }

    fileprivate func withHelper(_ body: (NetworkHelper) throws(NetworkFault) -> Void) throws {
        guard let socket = try loadOrExit().link?.helperSocket else {
            printError(
                "\(config): link.helper names no socket of fieldgate-netd; write `helper: /run/fieldgate/netd.sock`")
            throw Exit.configuration
        }
        do throws(NetworkFault) {
            try body(NetworkHelper(path: socket))
        } catch {
            printError(error.words)
            throw Exit.notInForce
        }
    }
}
