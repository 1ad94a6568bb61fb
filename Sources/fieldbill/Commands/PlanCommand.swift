import ArgumentParser
import BillStore
import Billing
import Configuration
import JSONText
import Platform
import Tariffs

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "The plans that machines are charged by.",
        subcommands: [Add.self, List.self, Show.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Check plans and add them. A version that was added is never changed.")

        @OptionGroup var options: DeskOptions
        @Argument(help: "Files of fg.tariff/1.") var files: [String]

        func run() throws {
            try told {
                let ledger = try options.open().ledger
                for file in files {
                    let bytes = try PlanFile.bytes(file)
                    let plan = try PlanShelf.load(bytes, file: file)
                    let stored = StoredPlan(
                        id: plan.plan, version: plan.version, hash: plan.fingerprint,
                        text: String(decoding: bytes, as: UTF8.self), file: file)
                    let isNew = try ledger.addPlan(stored, at: WallClock.now())
                    printText(
                        "\(plan.plan)@\(plan.version): \(isNew ? "added" : "was here"), SHA-256 \(plan.fingerprint)\n")
                }
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Show all plans.")

        @OptionGroup var options: DeskOptions

        func run() throws {
            try told {
                var table = TextTable()
                table.add(["plan", "SHA-256", "file"])
                for plan in try options.open().ledger.plans() {
                    table.add(["\(plan.id)@\(plan.version)", plan.hash, plan.file])
                }
                printText(table.lines.joined(separator: "\n") + "\n")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print a plan's text as it was added: what an invoice's hash stands for.")

        @OptionGroup var options: DeskOptions
        @Argument(help: "ID@VERSION") var plan: String

        func run() throws {
            try told {
                let plans = try options.open().ledger.plans()
                guard let found = plans.last(where: { "\($0.id)@\($0.version)" == plan || $0.id == plan }) else {
                    throw DeskFault("there is no plan '\(plan)': see 'fieldbill plan list'", Exit.nothing)
                }
                printText(found.text)
            }
        }
    }
}

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Explain what is wrong with plans, by line, all at once; and what is odd about them.",
        discussion: "Exit code 0 when all can be used, 1 when one cannot. Warnings do not count.")

    @Argument(help: "Files of fg.tariff/1.") var files: [String]
    @ArgumentParser.Flag(help: "Report as one JSON object.") var json = false

    func run() throws {
        try told {
            var problems: [Problem] = []
            var warnings: [Problem] = []
            for file in files {
                let loaded = TariffLoader().load(try PlanFile.bytes(file), file: file)
                problems += loaded.problems
                warnings += loaded.warnings
                guard !json else { continue }
                for problem in loaded.problems { printError(problem.text) }
                for warning in loaded.warnings { printError("warning: \(warning.text)") }
                if let plan = loaded.tariff, loaded.problems.isEmpty {
                    printText(
                        "\(file): good. Plan \(plan.plan), version \(plan.version), SHA-256 \(plan.fingerprint)\n")
                }
            }
            if json {
                let all = JSONValue.members([
                    "schema": .string("fg.plan-check/1"), "good": .bool(problems.isEmpty),
                    "problems": .array(problems.map(Self.json)),
                    "warnings": .array(warnings.map(Self.json)),
                ])
                printText(all.compact + "\n")
            } else if !problems.isEmpty {
                printError("\(problems.count) \(problems.count == 1 ? "problem" : "problems")")
            }
            if !problems.isEmpty { throw Exit.file }
        }
    }

    private static func json(_ problem: Problem) -> JSONValue {
        .members([
            "file": .string(problem.file), "line": .integer(problem.line), "column": .integer(problem.column),
            "path": .string(problem.path), "message": .string(problem.message), "remedy": .string(problem.remedy),
        ])
    }
}

enum PlanFile {
    static func bytes(_ path: String) throws(DeskFault) -> [UInt8] {
        do throws(SystemError) { return try FileText.bytes(path) } catch {
            throw DeskFault("\(path) cannot be read: \(error); check the path", Exit.file)
        }
    }
}
