import CSystem
import FieldModel
import Platform
import Signing

/// The gateway's key for usage records, in the spool's folder: made when the first spool is, readable by its user alone.
struct UsageKeyFile {
    let path: String
    private var nextPath: String { path + ".next" }

    init(_ settings: SpoolSettings) { path = settings.directory + "/usage-key" }

    /// The key; it is made where there is none. `handedOver` is what the chain's last checkpoint says of the next one.
    func open(handedOver: String?) throws(SpoolFault) -> (key: SigningKey, isNew: Bool, warning: String?) {
        try finishRollOver(handedOver)
        guard let text = FileText.read(path) else {
            guard FileText.size(path) == nil else {
                throw .unavailable("\(path) cannot be read: give it to the user that the gateway runs as")
            }
            let key = SigningKey()
            try write(key, to: path)
            return (key, true, nil)
        }
        guard let key = SigningKey(text) else {
            throw .unavailable(
                "\(path) holds no key (64 hexadecimal digits): put the right file back, or move it away and a new key "
                    + "is made, which the receiver must be told")
        }
        return (key, false, closeToOthers())
    }

    /// What to say where others could read the key; they can't any more then.
    private func closeToOthers() -> String? {
        let mode = fg_file_mode(path)
        guard mode >= 0, mode & 0o077 != 0 else { return nil }
        let isClosed = chmod(path, 0o600) == 0
        return "the key of the usage records, \(path), could be read by others (mode \(String(mode, radix: 8)))"
            + (isClosed ? "; it is 600 now. " : ", and that cannot be changed: chmod 600 \(path). ")
            + "Who has a copy can sign in this gateway's name: renew it with 'fieldgate usage key --renew', and tell the "
            + "receiver of the new one"
    }

    /// Makes the next key, which is not in use yet.
    func prepareNext() throws(SpoolFault) -> SigningKey {
        let key = SigningKey()
        try write(key, to: nextPath)
        return key
    }

    /// The public key that signs now, and those that signed before it.
    func verifyingKeys() -> [VerifyingKey] {
        let own = FileText.read(path).flatMap { SigningKey($0) }?.verifying
        let former = FileText.read(path + ".former")?.split(separator: "\n").compactMap { VerifyingKey(String($0)) }
        return [own].compactMap(\.self) + (former ?? [])
    }

    /// The chain has the old key's signature under the next one: from here on that is the key.
    func adoptNext() throws(SystemError) {
        if let old = FileText.read(path).flatMap({ SigningKey($0) }) {
            try FileText.append(old.verifying.text, to: path + ".former")
        }
        try FileText.move(nextPath, to: path)
        try FileText.syncFolder(of: path)
    }

    /// A process that ended between the two steps left the next key: it counts if the chain says so.
    private func finishRollOver(_ handedOver: String?) throws(SpoolFault) {
        guard let next = FileText.read(nextPath).flatMap({ SigningKey($0) }), next.verifying.text == handedOver else {
            return
        }
        do throws(SystemError) {
            try adoptNext()
        } catch {
            throw .unavailable("\(nextPath) cannot be renamed to \(path): \(error)")
        }
    }

    private func write(_ key: SigningKey, to path: String) throws(SpoolFault) {
        do throws(SystemError) {
            try FileText.replace(path, with: key.secret + "\n", mode: 0o600)
        } catch {
            throw .unavailable("the key of the usage records, \(path), cannot be stored: \(error)")
        }
    }
}
