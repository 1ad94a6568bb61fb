import ArgumentParser
import CSystem
import ControlWire
import Platform
import Signing

/// Keys in files: 64 hexadecimal digits and a line's end.
enum KeyFile {
    /// A secret that only its owner may read.
    static func secret(_ path: String) throws -> SigningKey {
        let text = try text(path)
        let mode = fg_file_mode(path)
        guard mode >= 0, mode & 0o077 == 0 else {
            throw fail("\(path) can be read by others than its owner: chmod 600 \(path), and better make a new key")
        }
        guard let key = SigningKey(text) else {
            throw fail(
                "\(path) holds no secret key (64 hexadecimal digits): make one with 'fieldgate-operator key new'")
        }
        return key
    }

    /// A public key: its digits, or a file with them.
    static func verifying(_ text: String, _ option: String) throws -> VerifyingKey {
        if let key = VerifyingKey(text) { return key }
        guard let content = FileText.read(text), let key = VerifyingKey(content) else {
            throw fail("\(option) '\(text)' is neither a public key (64 hexadecimal digits) nor a file with one")
        }
        return key
    }

    static func text(_ path: String) throws -> String {
        do throws(SystemError) { return String(decoding: try FileText.bytes(path), as: UTF8.self) } catch {
            throw fail("\(path) cannot be read: \(error); check the path and its permissions")
        }
    }

    static func fail(_ text: String) -> ExitCode {
        Terminal.complain(text)
        return Exit.settings
    }
}
