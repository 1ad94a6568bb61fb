import CFuzzer
import CSystem

/// Runs libFuzzer over a function. It ends the process: with 0 when nothing was found.
package enum Fuzzing {
    package typealias Body = @Sendable (UnsafeBufferPointer<UInt8>) -> Void

    nonisolated(unsafe) private static var body: Body = { _ in }

    /// Called once, before any other thread exists: libFuzzer takes a plain C function, so `body` stands beside it.
    package static func run(_ body: @escaping Body) -> Never {
        self.body = body
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { bytes, length in
                Fuzzing.body(UnsafeBufferPointer(start: bytes, count: length))
                return 0
            })
    }

    /// What must hold of every input; libFuzzer keeps the input of which it does not.
    package static func require(_ holds: Bool, _ claim: @autoclosure () -> String) {
        guard !holds else { return }
        fatalError(claim())
    }
}
