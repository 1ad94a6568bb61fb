import FieldModel

/// Reads one mapping key by key, collects what is wrong, and knows which keys nobody asked for.
package final class Section {
    package let file: String
    package let path: String
    package let mark: YAMLNode.Mark
    private let pairs: [YAMLNode.Pair]
    private let problems: ProblemList
    /// It is something else altogether, which has been said: nothing more is to be said of what it lacks.
    private let isBroken: Bool
    private var asked: Set<String> = []

    /// A node that is no mapping is a problem, and reads as an empty one.
    package init(_ node: YAMLNode, file: String, path: String, problems: ProblemList) {
        self.file = file
        self.path = path
        self.problems = problems
        mark = node.mark
        if case .mapping(let pairs) = node.content {
            self.pairs = pairs
            isBroken = false
        } else {
            pairs = []
            isBroken = true
            report(node.mark, path, "a mapping belongs here, not \(node.kind)", "write `key: value` lines")
        }
    }

    /// Call when everything was read: every key that nobody asked for is an error.
    package func finish() {
        for pair in pairs where !asked.contains(pair.key) {
            let near = asked.min { distance($0, pair.key) < distance($1, pair.key) }
            let remedy =
                near.flatMap { distance($0, pair.key) <= 2 ? "did you mean '\($0)'?" : nil }
                ?? "keys here: \(asked.sorted().joined(separator: ", "))"
            report(pair.mark, join(pair.key), "unknown key '\(pair.key)'", remedy)
        }
    }

    // MARK: Reading

    package func has(_ key: String) -> Bool { node(key) != nil }

    package func node(_ key: String) -> YAMLNode? {
        asked.insert(key)
        return pairs.first { $0.key == key }?.value
    }

    package func text(_ key: String) -> String? {
        read(key, "text") { text, _ in text.isEmpty ? nil : text }
    }

    package func flag(_ key: String) -> Bool? {
        read(key, "true or false") { text, quoted in
            switch (text, quoted) {
            case ("true", false): true
            case ("false", false): false
            default: nil
            }
        }
    }

    package func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        read(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text, _ in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func decimal(_ key: String) -> DecimalNumber? {
        read(key, "a number of at most 18 digits") { text, _ in DecimalNumber(text) }
    }

    package func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
        let limits = "\(range.lowerBound.text) to \(range.upperBound.text)"
        return read(key, "a duration such as 250ms, 1s, 5m, from \(limits)") { text, _ in
            Units.duration(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func size(_ key: String, in range: ClosedRange<Int>) -> Int? {
        read(key, "a size such as 512KiB, 256MiB, from \(range.lowerBound) B to \(range.upperBound >> 20) MiB") {
            text, _ in
            Units.bytes(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    package func choice<Value>(_ key: String, _ values: [(String, Value)]) -> Value? {
        let names = values.map(\.0).joined(separator: ", ")
        return read(key, "one of \(names)") { text, _ in values.first { $0.0 == text }?.1 }
    }

    /// A name that appears in topics: letters, digits, `_`, `-`, `.`.
    package func identifier(_ key: String) -> String? {
        read(key, "a name of 1 to 64 letters, digits, '_', '-' and '.'") { text, _ in
            Self.isIdentifier(text) ? text : nil
        }
    }

    package static func isIdentifier(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            }
    }

    package func section(_ key: String) -> Section? {
        node(key).map { Section($0, file: file, path: join(key), problems: problems) }
    }

    package func sections(_ key: String) -> [Section] {
        guard let node = node(key) else { return [] }
        guard case .sequence(let items) = node.content else {
            report(node.mark, join(key), "a list belongs here, not \(node.kind)", "start each item with '- '")
            return []
        }
        return items.enumerated().map { index, item in
            Section(item, file: file, path: "\(join(key))[\(index)]", problems: problems)
        }
    }

    /// The pairs of a mapping whose keys are free.
    package func pairs(_ key: String) -> [YAMLNode.Pair] {
        guard let node = node(key) else { return [] }
        guard case .mapping(let pairs) = node.content else {
            report(node.mark, join(key), "a mapping belongs here, not \(node.kind)", "write `key: value` lines")
            return []
        }
        return pairs
    }

    func isList(_ key: String) -> Bool {
        if case .sequence? = node(key)?.content { true } else { false }
    }

    // MARK: Problems

    /// Something at this path, or below it, is wrong in another file: what follows from it need not be said.
    func isReported(_ path: String, elsewhereThan file: String) -> Bool {
        problems.problems.contains {
            $0.file != file && ($0.path == path || $0.path.hasPrefix(path + ".") || $0.path.hasPrefix(path + "["))
        }
    }

    /// A value that must be there.
    package func require<Value>(_ key: String, _ value: Value?, remedy: String) -> Value? {
        if value == nil, !has(key), !isBroken { report(mark, path, "'\(key)' is missing", remedy) }
        return value
    }

    /// The line of a key's value; the section's own where it is not there.
    func line(of key: String) -> Int { (pairs.first { $0.key == key }?.value.mark ?? mark).line }

    /// A problem with a value of this section, or with the section itself where the key is not there.
    package func reject(_ key: String?, _ message: String, remedy: String) {
        guard !isBroken else { return }
        let place = key.flatMap { key in pairs.first { $0.key == key }?.value.mark }
        report(place ?? mark, key.map(join) ?? path, message, remedy)
    }

    /// A problem with one item of a list, or with a value deeper in.
    package func reject(_ node: YAMLNode, in key: String, _ message: String, remedy: String) {
        report(node.mark, join(key), message, remedy)
    }

    package func read<Value>(_ key: String, _ expected: String, _ parse: (String, Bool) -> Value?) -> Value? {
        guard let node = node(key) else { return nil }
        if case .scalar(let text, let quoted) = node.content, let value = parse(text, quoted) { return value }
        report(node.mark, join(key), "\(node.kind) cannot be used here", "write \(expected)")
        return nil
    }

    private func join(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func report(_ mark: YAMLNode.Mark, _ path: String, _ message: String, _ remedy: String) {
        problems.add(
            Problem(
                file: file, line: mark.line, column: mark.column, path: path, message: message, remedy: remedy))
    }

    /// Levenshtein's distance, for keys that were nearly right.
    private func distance(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left.utf8), Array(right.utf8.prefix(64)))
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}

extension Duration {
    /// `250ms`, `1s`, `24h`: the shortest whole form.
    package var text: String {
        let nanoseconds = wholeNanoseconds
        let scales: [(Int64, String)] = [
            (86_400_000_000_000, "d"), (3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"),
            (1_000_000, "ms"),
        ]
        for (scale, suffix) in scales where nanoseconds >= scale && nanoseconds % scale == 0 {
            return "\(nanoseconds / scale)\(suffix)"
        }
        return "\(nanoseconds / 1000)us"
    }
}
