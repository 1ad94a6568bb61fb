import CSystem

/// A system call that failed, with the words of the C library.
package struct SystemError: Error, Hashable, CustomStringConvertible {
    package var code: Int32

    package init(code: Int32) {
        self.code = code
    }

    /// Throws when a shim returned -errno; passes any other result on.
    @discardableResult
    package static func check(_ result: Int32) throws(SystemError) -> Int32 {
        guard result < 0 else { return result }
        throw SystemError(code: -result)
    }

    package var description: String { Self.text(code) }

    package static func text(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard let text = fg_error_text(code, &buffer, buffer.count) else { return "error \(code)" }
        return String(cString: text)
    }
}
