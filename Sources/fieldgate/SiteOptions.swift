import ArgumentParser
import CSystem
import Configuration
import FieldModel
import Platform

/// `--config` and `--set`, which every command takes.
struct SiteOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The site file.", valueName: "file"))
    var config: String

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Override a setting; may be repeated. Items of a list are named by id or index: "
                + "broker.port=1884, buses.lan.tcp.host=10.0.0.5, profiles.dust-sensor.groups.fast.period=1s.",
            valueName: "path=value"))
    var set: [String] = []

    func load() -> (site: SiteSettings?, problems: [Problem]) {
        var overrides: [Override] = []
        var problems: [Problem] = []
        for text in set {
            if let override = Override(text) {
                overrides.append(override)
            } else {
                problems.append(
                    Problem(
                        file: "--set \(text)", line: 0, column: 0, path: "", message: "no path and value",
                        remedy: "write e.g. --set broker.port=1884"))
            }
        }
        let (site, found) = SiteLoader(
            read: Self.read, secretFault: Self.secretFault, judge: ControlPapers.faults
        ).load(config, overrides: overrides)
        problems += found
        return (problems.isEmpty ? site : nil, problems)
    }

    /// The site, or every problem on standard error and exit code 1.
    func loadOrExit() throws -> SiteSettings {
        let (site, problems) = load()
        if let site { return site }
        for problem in problems { printError(problem.text) }
        printError("\(problems.count) \(problems.count == 1 ? "problem" : "problems")")
        throw Exit.configuration
    }

    /// As the console: a secret that others can read is none.
    private static func secretFault(_ path: String) -> String? {
        let mode = fg_file_mode(path)
        guard mode >= 0, mode & 0o077 != 0 else { return nil }
        return "can be read by others than its owner (mode 0\(String(mode, radix: 8)))"
    }

    private static func read(_ path: String) -> Result<[UInt8], SiteLoader.FileProblem> {
        do throws(SystemError) {
            return .success(try FileText.bytes(path))
        } catch {
            return .failure(SiteLoader.FileProblem(reason: error.description))
        }
    }
}

/// A line on standard error.
func printError(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}
