import ArgumentParser
import FieldModel
import Logging
import Platform

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the gateway until SIGTERM or SIGINT.")

    enum LogFormat: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @OptionGroup var site: SiteOptions

    @Option(help: "How the log on standard error is written: text or json.")
    var logFormat = LogFormat.text

    @Option(help: "The least severe level logged: trace, debug, info, notice, warning, error, critical.")
    var logLevel = Logger.Level.info

    func run() async throws {
        ResidentMemory.limitHeaps()
        let settings = try site.loadOrExit()
        let (format, level) = (logFormat, logLevel)
        LoggingSystem.bootstrap { label in
            var handler: any LogHandler =
                format == .json ? JSONLogHandler() : StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let gateway: Gateway
        do throws(StartFault) {
            gateway = try Gateway(settings, logger: Logger(label: "fieldgate"))
        } catch {
            printError(error.text)
            if case .spool = error { throw Exit.spool }
            throw Exit.configuration
        }
        try await gateway.run()
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
