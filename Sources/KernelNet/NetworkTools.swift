import FieldModel
import JSONText
import Platform

/// The three programs that speak to the kernel, and how they are run.
package protocol NetworkTools {
    /// Runs to the end, for two seconds at most. The answer is standard output; the fault is what it complained of.
    func run(_ tool: String, _ arguments: [String], input: String) throws(ToolFault) -> String
}

package struct ToolFault: Error, Hashable, Sendable {
    package var text: String

    package init(_ text: String) { self.text = text }
}

extension NetworkTools {
    package func run(_ tool: String, _ arguments: [String]) throws(ToolFault) -> String {
        try run(tool, arguments, input: "")
    }

    /// The objects of a JSON list; empty when the tool has nothing to say or cannot.
    package func objects(_ tool: String, _ arguments: [String]) -> [JSONValue] {
        guard let text = try? run(tool, arguments), case .array(let items)? = JSONValue(text) else { return [] }
        return items
    }
}

extension JSONValue {
    /// Nil when the text is no JSON.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        let value = try? bytes.withUnsafeBufferPointer { bytes throws(JSONFault) in try JSONReader.read(bytes) }
        guard let value else { return nil }
        self = value
    }

    func string(_ name: String) -> String? {
        if case .string(let text)? = self[name] { text } else { nil }
    }

    func whole(_ name: String) -> Int? {
        if case .number(let number)? = self[name], number.digits == 0 { Int(number.mantissa) } else { nil }
    }
}

/// Those of this system, from its own folders: nobody's PATH decides.
package struct SystemTools: NetworkTools {
    private static let timeout = Duration.seconds(2)

    package init() {}

    package func run(_ tool: String, _ arguments: [String], input: String) throws(ToolFault) -> String {
        guard let program = ChildProcess.find(tool) else {
            throw ToolFault("\(tool) is not installed: apt-get install \(tool == "nft" ? "nftables" : "iproute2")")
        }
        var child = ChildProcess(program, arguments, timeout: Self.timeout)
        child.input = Array(input.utf8)
        child.environment = ["LC_ALL": "C"]
        let outcome: ChildProcess.Outcome
        do throws(SystemError) { outcome = try child.run() } catch { throw ToolFault("\(program): \(error)") }
        guard outcome.succeeded else {
            let said = outcome.errorText.split(separator: "\n").prefix(2).joined(separator: "; ")
            throw ToolFault("\(tool): \(said.isEmpty ? "\(outcome.ending)" : said)")
        }
        return outcome.outputText
    }
}
