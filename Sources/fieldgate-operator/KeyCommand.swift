import ArgumentParser
import CSystem
import ControlWire
import Platform
import Signing

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make and show Ed25519 keys: an operator's, a machine's, an owner's.",
        subcommands: [New.self, Show.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Write a new secret key that only you can read, and print its public key.")

        @Argument(help: "The file to make; one that is there is never overwritten.")
        var file: String

        func run() throws {
            let key = SigningKey()
            let descriptor = fg_new_secret_file(file)
            guard descriptor >= 0 else {
                throw KeyFile.fail(
                    -descriptor == EEXIST
                        ? "\(file) is there already, and a key is never overwritten: name another file"
                        : "\(file) cannot be made: \(SystemError.text(-descriptor))")
            }
            defer { close(descriptor) }
            let bytes = Array((key.secret + "\n").utf8)
            guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
                unlink(file)
                throw KeyFile.fail("\(file) cannot be written: is the disk full?")
            }
            Terminal.say(key.verifying.text)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print the public key of a secret one.")

        @Argument(help: "The file of the secret key.")
        var file: String

        func run() throws { Terminal.say(try KeyFile.secret(file).verifying.text) }
    }
}
