import ArgumentParser
import BillStore
import CSystem
import Configuration
import FieldModel
import Platform
import Signing

/// The desk's folder, opened: its settings and its store.
struct Desk {
    static let settingsFile = "fieldbill.yaml"

    let settings: DeskSettings
    let ledger: any BillingLedger

    static func open(_ folder: String) throws -> Desk {
        let settings = try settings(in: folder)
        if !settings.isServer, FileText.size(settings.store) == nil {
            throw DeskFault(
                "there is no store at \(settings.store): make it with 'fieldbill init --desk \(folder)', or correct "
                    + "'store:' in \(folder)/\(settingsFile)", Exit.store)
        }
        return Desk(settings: settings, ledger: try open(settings))
    }

    static func open(_ settings: DeskSettings) throws(StoreFault) -> any BillingLedger {
        // It holds whole card numbers: nobody else's to read.
        if !settings.isServer, case let descriptor = fg_new_secret_file(settings.store), descriptor >= 0 {
            close(descriptor)
        }
        return try (settings.isServer ? StoreAddress.server(settings.store) : .file(settings.store)).open()
    }

    /// The settings, or every problem on standard error.
    static func settings(in folder: String) throws -> DeskSettings {
        let loader = DeskLoader { path in
            do throws(SystemError) { return .success(try FileText.bytes(path)) } catch {
                return .failure(SiteLoader.FileProblem(reason: error.description))
            }
        }
        let (desk, problems) = loader.load("\(folder)/\(settingsFile)")
        if let desk { return desk }
        for problem in problems.dropLast() { printError(problem.text) }
        throw DeskFault(problems.last?.text ?? "\(folder): no settings", Exit.file)
    }

    /// The key that receipts are signed with.
    func receiverKey() throws -> SigningKey {
        guard let text = FileText.read(settings.receiverKey), let key = SigningKey(text) else {
            throw DeskFault(
                "\(settings.receiverKey) holds no key: bring it back from a copy; a new one, by 'fieldbill init', has to be "
                    + "made known to every gateway", Exit.file)
        }
        return key
    }
}

/// `--desk`, which every command takes.
struct DeskOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The desk's folder.", valueName: "folder"))
    var desk = "."

    func open() throws -> Desk { try Desk.open(desk) }
}

/// Stamps of what is written now.
enum WallClock {
    static func now() -> Timestamp { Timestamp(microseconds: fg_utc_us()) }
}
