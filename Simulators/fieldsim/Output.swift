import Glibc

enum Output {
    /// A line on standard output, there at once also when that is a pipe.
    static func line(_ text: String) {
        print(text)
        fflush(nil)
    }
}

extension Output {
    /// A line on standard error.
    static func error(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(2, bytes, bytes.count)
    }
}
