import ArgumentParser
import BillStore
import Platform
import Signing
import UsageWire

/// `fieldbill gateway begin`.
struct BeginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "begin",
        abstract: "Take over a gateway's chain midway: its older records are gone, or another desk has them.",
        discussion: """
            A chain is begun behind a checkpoint that the gateway signed: the first one in --checkpoint FILE (an export of \
            records in full), or the one that --seq names. Its signature must be of a key that is trusted here; --key \
            trusts it. Without the file, --epoch, --seq and --hash say which record it is; the signature of the next \
            checkpoint then vouches for it. What lies before is not held here and is never asked for: 'fieldbill status' \
            and invoices say so.
            """)

    @OptionGroup var options: DeskOptions
    @Argument(help: "The gateway, as its records name it.") var gateway: String
    @Option(help: "A file of records with the checkpoint in it; - is standard input.") var checkpoint: String?
    @Option(help: "Its epoch.") var epoch: UInt32?
    @Option(help: "Its number.") var seq: UInt64?
    @Option(help: "Its hash 'h', 64 hexadecimal digits.") var hash: String?
    @Option(help: "The gateway's public key, trusted from now on: 'fieldgate usage key' shows it.") var key: String?

    func validate() throws {
        if checkpoint == nil, epoch == nil || seq == nil || hash == nil {
            throw ValidationError("say where: --checkpoint FILE, or all of --epoch, --seq and --hash")
        }
        if let hash, hash.utf8.count != 64 || Hex.bytes(hash) == nil {
            throw ValidationError("--hash is no hash: 64 hexadecimal digits, as the checkpoint's 'h' has them")
        }
        if seq == 0 { throw ValidationError("--seq counts from 1; a whole chain needs no beginning: ingest it") }
    }

    func run() throws {
        try told {
            let ledger = try options.open().ledger
            let key = try key.map { try GatewayCommand.key($0) }
            let (start, next) = try start(ledger, key)
            for key in [key, next].compactMap(\.self) { try ledger.trust(key, of: gateway) }
            let report = try ledger.begin(start, at: WallClock.now())
            for alarm in report.alarms { AlarmText.say(alarm) }
            printText(
                "gateway \(gateway), epoch \(start.epoch): begins behind record \(start.sequence), "
                    + "\(start.hash.prefix(16))…; \(NotHeld.words(start.sequence)) not held here\n")
            if report.accepted > 0 { printText("\(report.accepted) that waited are taken\n") }
            if try ledger.keyRing(of: gateway) == nil {
                printError(
                    "warning: no key of gateway \(gateway) is trusted here, so nobody vouches for this beginning: "
                        + "'fieldbill gateway trust \(gateway) --key …' has the next checkpoint's signature checked")
            }
        }
    }

    /// With the key that its checkpoint hands over to.
    private func start(_ ledger: any BillingLedger, _ key: VerifyingKey?) throws -> (ChainStart, VerifyingKey?) {
        guard let checkpoint else {
            let hash = (hash ?? "").lowercased()
            return (ChainStart(gateway: gateway, epoch: epoch ?? 0, sequence: seq ?? 0, hash: hash), nil)
        }
        let (record, place) = try found(in: checkpoint)
        guard var ring = try ledger.keyRing(of: gateway, and: key) else {
            throw DeskFault(
                "no key of gateway \(gateway) is trusted here, so nobody can tell whether it signed \(place): say --key, "
                    + "which 'fieldgate usage key' shows on the gateway", Exit.nothing)
        }
        if let fault = ring.judge(record) { throw DeskFault("\(place): \(fault)", Exit.refused) }
        if let hash, hash.lowercased() != record.hash {
            throw DeskFault("\(place) has the hash \(record.hash), not --hash \(hash)", Exit.refused)
        }
        return (ChainStart(record), record.checkpoint?.nextKey.flatMap { VerifyingKey($0) })
    }

    private func found(in file: String) throws -> (UsageRecord, String) {
        let found: (record: UsageRecord, isIntact: Bool, line: Int)?
        do throws(SystemError) { found = try firstCheckpoint(in: file) } catch {
            throw DeskFault("\(file) cannot be read: \(error); check the path", Exit.file)
        }
        guard let found else {
            throw DeskFault(
                "\(file) has no such checkpoint of gateway \(gateway): give a file of records with one, 'fieldgate usage "
                    + "export --full' or the other desk's 'fieldbill export records' write them", Exit.nothing)
        }
        let place = "\(file):\(found.line): record \(found.record.sequence) of epoch \(found.record.epoch)"
        guard found.isIntact else {
            throw DeskFault(
                "\(place) was changed, its hash does not fit its content: get the file again", Exit.refused)
        }
        return (found.record, place)
    }

    /// Of this gateway, and with the numbers that were given.
    private func firstCheckpoint(
        in file: String
    ) throws(SystemError) -> (record: UsageRecord, isIntact: Bool, line: Int)? {
        var reader = try LineReader(file)
        while let line = try reader.next() {
            guard let (record, isIntact) = try? UsageRecord.read(UsageEnvelope.record(in: line)),
                record.checkpoint != nil, record.gateway == gateway, epoch.map({ $0 == record.epoch }) ?? true,
                seq.map({ $0 == record.sequence }) ?? true
            else { continue }
            return (record, isIntact, reader.number)
        }
        return nil
    }
}

/// What was never here of a chain that was taken over.
enum NotHeld {
    static func words(_ begins: UInt64) -> String {
        begins == 1 ? "record 1 is" : "records 1 to \(begins) are"
    }
}
