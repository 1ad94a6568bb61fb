import CSystem

/// A line on standard error.
func printError(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

/// Text as it is on standard output, whole however long it is.
func printText(_ text: String) { write(text, to: STDOUT_FILENO) }

private func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { CSystem.write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}
