import CSystem
import Glibc

/// The system refused something a simulator needs; nothing goes on without it.
package struct SystemFault: Error, CustomStringConvertible, Sendable {
    package let description: String

    /// `code` is an errno value, of either sign.
    package init(_ what: String, code: Int32) {
        description = "\(what): \(String(cString: strerror(abs(code))))"
    }

    package init(_ description: String) { self.description = description }

    /// Passes on what a shim returned, or throws when that is -errno.
    package static func check(_ result: Int32, _ what: @autoclosure () -> String) throws(SystemFault) -> Int32 {
        guard result >= 0 else { throw SystemFault(what(), code: result) }
        return result
    }

    /// The same for a libc call that returns -1 and leaves errno.
    package static func checkErrno(_ result: Int32, _ what: @autoclosure () -> String) throws(SystemFault) -> Int32 {
        guard result >= 0 else { throw SystemFault(what(), code: errno) }
        return result
    }
}
