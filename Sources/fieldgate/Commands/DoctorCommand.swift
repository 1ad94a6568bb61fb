import ArgumentParser
import CSystem
import FieldModel
import JSONText

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Examine bus, modem, card, signal, paths, broker, clock and disk.",
        discussion: """
            Each part gets a verdict, and where it is not good, what to do. Buses and modems of a running gateway are its \
            own: it is asked about them. Exit code 0 when nothing is bad, 1 when the site file is, 4 when a part is.
            """)

    @OptionGroup var site: SiteOptions

    @Flag(help: "Report as one JSON object.")
    var json = false

    func run() throws {
        let settings = try site.loadOrExit()
        let verdicts = Doctor(settings).examine()
        if json {
            print(Self.json(verdicts))
        } else {
            let colour = isatty(STDOUT_FILENO) == 1
            for verdict in verdicts { print(verdict.text(colour: colour)) }
        }
        if verdicts.contains(where: { $0.level == .bad }) { throw Exit.unwell }
    }

    private static func json(_ verdicts: [Diagnosis]) -> String {
        var json = JSONWriter()
        json.raw("{\"schema\":\"fg.doctor/1\",\"verdicts\":[")
        for (index, verdict) in verdicts.enumerated() {
            if index > 0 { json.raw(",") }
            verdict.write(to: &json)
        }
        json.raw("]}")
        return json.text
    }
}
