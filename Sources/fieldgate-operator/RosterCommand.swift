import ArgumentParser
import ControlWire
import FieldModel
import Platform
import Signing

struct RosterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roster", abstract: "Say who may do what, signed by the machines' owner.",
        subcommands: [Make.self, Show.self])

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "make", abstract: "Write and sign a roster.")

        @Option(help: ArgumentHelp("The owner's secret key.", valueName: "file"))
        var ownerKey: String

        @Option(help: ArgumentHelp("The roster's file.", valueName: "file"))
        var out: String

        @Argument(
            help: ArgumentHelp(
                "One for each person; ROLE is operator, supervisor or stop-only.",
                valueName: "ID:ROLE:PUBLICKEY[:NAME]"))
        var people: [String]

        func run() throws {
            let owner = try KeyFile.secret(ownerKey)
            let roster = Roster(operators: try people.map(Self.person))
            let document = roster.document(signedBy: owner)
            do throws(WireFault) {
                // What nobody could read back must not be shipped: ids or keys that stand twice.
                _ = try Roster(document: document, owner: owner.verifying)
            } catch {
                throw KeyFile.fail(error.description)
            }
            do throws(SystemError) {
                try FileText.replace(out, with: String(decoding: document, as: UTF8.self) + "\n")
            } catch {
                throw KeyFile.fail("\(out) cannot be written: \(error)")
            }
            Terminal.say("\(out): \(people.count) people, signed by \(owner.verifying.text)")
        }

        private static func person(_ text: String) throws -> Roster.Operator {
            let parts = text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            guard parts.count >= 3, !parts[0].isEmpty else {
                throw KeyFile.fail("'\(text)' is no ID:ROLE:PUBLICKEY[:NAME]")
            }
            guard let role = OperatorRole(rawValue: parts[1]) else {
                let roles = OperatorRole.allCases.map(\.rawValue).joined(separator: ", ")
                throw KeyFile.fail("'\(text)': there is no role '\(parts[1])'; write one of \(roles)")
            }
            guard let key = VerifyingKey(parts[2]) else {
                throw KeyFile.fail(
                    "'\(text)': '\(parts[2])' is no public key (64 hexadecimal digits; 'key show' prints it)")
            }
            return Roster.Operator(id: parts[0], name: parts.count > 3 ? parts[3] : "", role: role, key: key)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Check a roster's signature and print who is on it.")

        @Argument(help: "The roster's file.")
        var file: String

        @Option(help: ArgumentHelp("The owner's public key, or a file with it.", valueName: "key"))
        var owner: String

        func run() throws {
            let key = try KeyFile.verifying(owner, "--owner")
            let document = Array(try KeyFile.text(file).utf8)
            do throws(WireFault) {
                let roster = try Roster(document: document, owner: key)
                for one in roster.operators {
                    Terminal.say("\(one.id)  \(one.role.rawValue)  \(one.key.text)  \(one.name)")
                }
            } catch {
                throw KeyFile.fail("\(file): \(error)")
            }
        }
    }
}
