import ArgumentParser
import AuditLog
import ControlWire
import FieldModel
import Platform
import Signing

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Look at the audit trail of remote control.",
        subcommands: [VerifyCommand.self])

    struct VerifyCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Check that no record of the trail was changed, left out or put in.",
            discussion: """
                Reads the gateway's own trail (spool folder/control/audit.jsonl), or with --file any file with one \
                record a line: also `evt` messages as a platform received them, in their order. Exit code 6: \
                something is wrong with the trail.
                """)

        @OptionGroup var site: OptionalSite

        @Option(help: "A file with one record a line.")
        var file: String?

        @Option(help: "The machine's public key, or a file with it: checks the signatures too.")
        var key: String?

        func run() throws {
            let settings = try site.load()
            guard let path = file ?? settings.map({ $0.spool.directory + "/control/audit.jsonl" }) else {
                throw ValidationError("name a site with --config, or a file with --file")
            }
            let verifying =
                try key.map { text in
                    if let key = VerifyingKey(text) ?? FileText.read(text).flatMap({ VerifyingKey($0) }) { return key }
                    throw ValidationError(
                        "--key '\(text)' is neither a public key (64 hexadecimal digits) nor a file with one")
                } ?? settings?.control.flatMap { SigningKey($0.machineKey)?.verifying }
            guard let text = FileText.read(path) else {
                printError("\(path) cannot be read: see that it is there, and that this user may read it")
                throw Exit.trail
            }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            let verdict = AuditChain.verify(lines: lines, key: verifying)
            for fault in verdict.faults { print("\(path): \(fault)") }
            let signed = verifying == nil ? "signatures not checked" : "\(verdict.signatures) signatures right"
            print(
                "\(verdict.records) records, \(verdict.first) to \(verdict.last), \(signed), last \(verdict.lastHash)")
            guard verdict.faults.isEmpty else { throw Exit.trail }
        }
    }
}

/// A site, where the command can do without.
struct OptionalSite: ParsableArguments {
    @Option(help: "The site file.")
    var config: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Override a setting of the site file; may be repeated.", valueName: "path=value"))
    var set: [String] = []

    func load() throws -> SiteSettings? {
        guard let config else {
            guard set.isEmpty else { throw ValidationError("--set overrides a site file: name it with --config") }
            return nil
        }
        return try SiteOptions.parse(["--config", config] + set.flatMap { ["--set", $0] }).loadOrExit()
    }
}
