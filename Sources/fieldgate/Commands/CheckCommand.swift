import ArgumentParser
import Configuration
import ControlWire
import FieldModel
import JSONText
import Signing

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a site and its profiles, and report every error at once.",
        discussion: "Exit code 0 when all is good, 1 when something is wrong.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Report as one JSON object.")
    var json = false

    func run() throws {
        let (read, found) = site.load()
        let problems = found + (read.map { zoneProblems($0) } ?? [])
        let settings = problems.isEmpty ? read : nil
        if json {
            print(Self.json(settings, problems))
        } else if let settings {
            let points = settings.devices.reduce(0) { $0 + $1.map.points.count }
            print(
                "\(site.config): good. Gateway \(settings.gateway), \(settings.buses.count) buses, "
                    + "\(settings.devices.count) devices, \(points) points")
            if let key = settings.control.flatMap({ SigningKey($0.machineKey) }) {
                print("the machines' public key, for every console: \(key.verifying.text)")
            }
        } else {
            for problem in problems { printError(problem.text) }
            printError("\(problems.count) \(problems.count == 1 ? "problem" : "problems")")
        }
        if settings == nil { throw Exit.configuration }
    }

    /// Only the system knows its time zones.
    private func zoneProblems(_ settings: SiteSettings) -> [Problem] {
        guard let metering = settings.metering else { return [] }
        do throws(SpoolFault) {
            _ = try MeterStart.zone(metering.plan.zone)
            return []
        } catch {
            return [
                Problem(
                    file: site.config, line: 0, column: 0, path: "", message: error.summary,
                    remedy: "the gateway does not start with it")
            ]
        }
    }

    private static func json(_ settings: SiteSettings?, _ problems: [Problem]) -> String {
        var json = JSONWriter()
        json.raw("{\"good\":")
        json.value(.bool(settings != nil))
        json.raw(",\"problems\":[")
        for (index, problem) in problems.enumerated() {
            json.raw(index == 0 ? "{\"file\":" : ",{\"file\":")
            json.string(problem.file)
            json.raw(",\"line\":")
            json.integer(Int64(problem.line))
            json.raw(",\"column\":")
            json.integer(Int64(problem.column))
            json.raw(",\"path\":")
            json.string(problem.path)
            json.raw(",\"message\":")
            json.string(problem.message)
            json.raw(",\"remedy\":")
            json.string(problem.remedy)
            json.raw("}")
        }
        json.raw("]}")
        return json.text
    }
}
