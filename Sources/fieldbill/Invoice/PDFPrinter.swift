import CSystem
import FieldModel
import Platform

/// Prints HTML to PDF with Chromium, which brings the line breaking and the fonts that Chinese needs.
struct PDFPrinter {
    struct Fault: Error {
        var text: String
    }

    private static let names = ["chromium", "chromium-browser", "google-chrome"]

    /// Writes `html` to `path` as a PDF. The whole takes two minutes at most.
    static func print(_ html: String, to path: String) throws(Fault) {
        guard let browser = names.lazy.compactMap({ ChildProcess.find($0) }).first else {
            throw Fault(text: "there is no chromium to print the PDF with: apt-get install chromium fonts-noto-cjk")
        }
        let folder = try draftFolder()
        defer { _ = try? ChildProcess("/bin/rm", ["-rf", folder], timeout: .seconds(10)).run() }
        let page = folder + "/invoice.html"
        let draft = folder + "/invoice.pdf"
        try attempt("\(page) cannot be written") { () throws(SystemError) in try FileText.replace(page, with: html) }
        try run(browser, page, draft, folder)
        try attempt("\(path) cannot be written") { () throws(SystemError) in
            try WholeFile.write(try FileText.bytes(draft), to: path)
        }
    }

    private static func run(_ browser: String, _ page: String, _ draft: String, _ folder: String) throws(Fault) {
        var words = [
            "--headless", "--disable-gpu", "--no-pdf-header-footer", "--disable-dev-shm-usage",
            "--user-data-dir=\(folder)/profile", "--print-to-pdf=\(draft)", "file://\(page)",
        ]
        // As root Chromium wants to be told; the page is our own and loads nothing.
        if geteuid() == 0 { words.insert("--no-sandbox", at: 0) }
        var chromium = ChildProcess(browser, words, timeout: .seconds(120))
        chromium.environment = ["HOME": folder]
        let outcome: ChildProcess.Outcome
        do throws(SystemError) {
            outcome = try chromium.run()
        } catch {
            throw Fault(text: "\(browser) cannot be started: \(error)")
        }
        guard outcome.succeeded, (FileText.size(draft) ?? 0) > 0 else {
            let last = outcome.errorText.split(separator: "\n").last.map(String.init) ?? "\(outcome.ending)"
            throw Fault(text: "\(browser) printed no PDF: \(last)")
        }
    }

    private static func draftFolder() throws(Fault) -> String {
        let folder = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var name = Array("\(folder)/fieldbill-XXXXXX".utf8CString)
        guard let made = mkdtemp(&name) else {
            let reason = SystemError.text(fg_errno())
            throw Fault(text: "\(folder) takes no folder: \(reason); set TMPDIR to one that does")
        }
        // Chromium takes an address, which is a whole path.
        guard let whole = realpath(made, nil) else { return String(cString: made) }
        defer { free(whole) }
        return String(cString: whole)
    }

    private static func attempt(_ what: String, _ body: () throws(SystemError) -> Void) throws(Fault) {
        do throws(SystemError) { try body() } catch { throw Fault(text: "\(what): \(error)") }
    }
}

/// Files of any size, written whole or not at all.
enum WholeFile {
    static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let draft = path + ".new"
        let descriptor = try SystemError.check(fg_open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0o640))
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { CSystem.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        let failed = !rest.isEmpty || fsync(descriptor) < 0
        let code = fg_errno()
        close(descriptor)
        guard !failed, rename(draft, path) == 0 else {
            unlink(draft)
            throw SystemError(code: failed ? code : fg_errno())
        }
    }
}
