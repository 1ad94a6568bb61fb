import ArgumentParser
import FieldModel
import Platform
import Signing
import Store
import UsageWire

struct UsageVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that no usage record was changed, left out or put in.",
        discussion: """
            Reads the gateway's own ledger, or with --file one record a line: an export in full, or messages as a \
            platform received them. Names every fault at its place, the first one first. Exit code 6: something is \
            wrong with the records.
            """)

    @OptionGroup var site: OptionalSite

    @Option(help: "A file with one record a line.")
    var file: String?

    @Option(help: "A public key, 64 hexadecimal digits, to check signatures with; may be repeated.")
    var key: [String] = []

    @Option(
        help: ArgumentHelp("A key that signs no record behind this one; may be repeated.", valueName: "kid:epoch:seq"))
    var revoked: [String] = []

    func run() throws {
        let settings = try site.load()
        let ring = try keys(settings)
        let verdict: UsageVerdict
        if let file {
            guard let bytes = try? FileText.bytes(file) else {
                printError("\(file) cannot be read: see that it is there, and that this user may read it")
                throw Exit.trail
            }
            verdict = UsageChainVerifier.verify(text: bytes, keys: ring)
        } else if let settings {
            var verifier = UsageChainVerifier(keys: ring, gateway: settings.gateway)
            try UsageReading(settings: settings).rows { row in
                verifier.take(row.body, place: "record \(row.identity.sequence)")
            }
            verdict = verifier.verdict
        } else {
            throw ValidationError("name a site with --config, or a file with --file")
        }
        for finding in verdict.findings.sorted(by: { $0.isFault && !$1.isFault }) { print(finding) }
        print(Self.summary(verdict, isSigned: ring != nil))
        guard verdict.faults.isEmpty else { throw Exit.trail }
    }

    private func keys(_ settings: SiteSettings?) throws -> UsageKeyRing? {
        let given = try key.map { text in
            guard let key = VerifyingKey(text) else { throw ValidationError("--key \(text) is no Ed25519 public key") }
            return key
        }
        let own = file == nil && given.isEmpty ? settings.map { UsageLedgerReader.verifyingKeys($0.spool) } ?? [] : []
        guard !(given + own).isEmpty else { return nil }
        var ends: [String: UsageKeyRing.End] = [:]
        for text in revoked {
            let parts = text.split(separator: ":")
            guard parts.count == 3, let epoch = UInt32(parts[1]), let sequence = UInt64(parts[2]) else {
                throw ValidationError(
                    "--revoked \(text): write the key's id, the epoch and the last number it signs for")
            }
            ends[String(parts[0])] = UsageKeyRing.End(epoch: epoch, sequence: sequence)
        }
        return UsageKeyRing(given + own, revoked: ends)
    }

    private static func summary(_ verdict: UsageVerdict, isSigned: Bool) -> String {
        guard verdict.records > 0 else { return "no records" }
        let signed =
            isSigned
            ? "\(verdict.signatures) signatures right, \(verdict.unsigned) records behind the last"
            : "signatures not checked"
        return "\(verdict.records) records, \(verdict.first) to \(verdict.last) of epoch \(verdict.epoch), \(signed), "
            + "\(verdict.sumUp) bytes up, \(verdict.sumDown) down, last \(verdict.lastHash)"
    }
}

struct UsageKeys: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Show the public key that signs the usage records, newest first; or renew it.",
        discussion: "The receiver needs it to check signatures. --renew is for a gateway that does not run.")

    @OptionGroup var site: SiteOptions

    @ArgumentParser.Flag(help: "Make a new key; the old one signs for it.")
    var renew = false

    func run() throws {
        let settings = try site.loadOrExit()
        if renew { try renewKey(settings) }
        let keys = UsageLedgerReader.verifyingKeys(settings.spool)
        guard !keys.isEmpty else {
            printError(
                "there is no key in \(settings.spool.directory) that this user may read: it is made when the gateway "
                    + "first runs, and belongs to the gateway's user")
            throw Exit.spool
        }
        for key in keys { print("\(key.text) \(key.id)") }
    }

    private func renewKey(_ settings: SiteSettings) throws {
        let time = SystemTime(source: settings.clock)
        do throws(SpoolFault) {
            let spool = try SpoolStore(
                settings.spool, gateway: settings.gateway, time: time, notice: { printError($0) }, onAlarm: { _ in })
            let journal = try UsageJournal(
                spool, gateway: settings.gateway, boot: BootID.read(), time: time, notice: { printError($0) })
            let done = Monitor<Bool?>(nil)
            try journal.renewKey { key in
                done.signal { state in
                    state = key != nil
                    return true
                }
            }
            let isDone = done.wait { $0.map { .done($0) } ?? .pause(.seconds(1)) }
            spool.close()
            guard isDone else { throw SpoolFault.unavailable("the disk refuses the new key; the old one stays") }
        } catch {
            printError(error.summary)
            throw Exit.spool
        }
    }
}
