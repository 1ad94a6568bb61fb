import Glibc

enum Output {
    /// A line on standard output, there at once also when that is a pipe.
    static func line(_ text: String) {
        print(text)
        fflush(nil)
    }
}
