import ArgumentParser
import JSONText
import Platform

enum PrintFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, html, pdf
}

/// A document in the form that was asked for, to a file or to standard output.
enum InvoicePrinter {
    static func print(
        _ document: InvoiceDocument, _ format: PrintFormat, _ language: Language, to path: String?
    ) throws {
        switch format {
        case .text: try write(TextInvoice(document, language).text, to: path)
        case .json: try write(document.json.compact + "\n", to: path)
        case .html: try write(HTMLInvoice(document, language).text, to: path)
        case .pdf:
            guard let path else { throw ValidationError("--format pdf needs a file: --out invoice.pdf") }
            do throws(PDFPrinter.Fault) {
                try PDFPrinter.print(HTMLInvoice(document, language).text, to: path)
            } catch {
                throw DeskFault(error.text, Exit.printing)
            }
        }
    }

    private static func write(_ text: String, to path: String?) throws {
        guard let path else { return printText(text) }
        do throws(SystemError) { try WholeFile.write(Array(text.utf8), to: path) } catch {
            throw DeskFault("\(path) cannot be written: \(error)", Exit.printing)
        }
    }
}
