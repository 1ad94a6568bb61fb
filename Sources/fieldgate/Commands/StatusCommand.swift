import ArgumentParser
import FieldModel

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how the running gateway is doing.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Report as one JSON object.")
    var json = false

    func run() throws {
        let settings = try site.loadOrExit()
        do throws(AdminFault) {
            let answer = try AdminClient(path: settings.adminSocket).ask("status")
            print(json ? answer : LiveView(try StatusDocument.parse(answer)).text(colour: false))
        } catch {
            printError(error.text)
            throw Exit.notRunning
        }
    }
}
