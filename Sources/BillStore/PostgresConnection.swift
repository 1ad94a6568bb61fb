import CPostgres

/// One connection of libpq. Statements that come again are prepared once.
final class PostgresConnection {
    let place: String
    private let handle: OpaquePointer
    private var prepared: [String: String] = [:]

    init(_ address: String) throws(StoreFault) {
        guard let handle = PQconnectdb(address) else { throw .unavailable("out of memory") }
        guard PQstatus(handle) == CONNECTION_OK else {
            let reason = Self.words(PQerrorMessage(handle))
            PQfinish(handle)
            throw .unavailable(
                "PostgreSQL cannot be reached: \(reason). Check the address in fieldbill.yaml and that the server runs")
        }
        fg_postgres_be_quiet(handle)
        self.handle = handle
        let text = { (value: UnsafeMutablePointer<CChar>?) in value.map { String(cString: $0) } ?? "" }
        place = "PostgreSQL database \(text(PQdb(handle))) at \(text(PQhost(handle))):\(text(PQport(handle)))"
        try execute("SET client_encoding = 'UTF8'; SET statement_timeout = 0; SET client_min_messages = warning")
    }

    deinit { PQfinish(handle) }

    func execute(_ script: String) throws(StoreFault) {
        _ = try check(PostgresAnswer(PQexec(handle, script)))
    }

    /// Prepared under a name, and run.
    func run(_ sql: String, _ values: [SQLValue]) throws(StoreFault) -> PostgresAnswer {
        let name: String
        if let known = prepared[sql] {
            name = known
        } else {
            name = "s\(prepared.count)"
            _ = try check(PostgresAnswer(PQprepare(handle, name, sql, 0, nil)))
            prepared[sql] = name
        }
        return try check(
            withTexts(values) { texts in
                PostgresAnswer(PQexecPrepared(handle, name, Int32(values.count), texts, nil, nil, 1))
            })
    }

    /// Run without keeping it: cursors, whose names are new each time.
    @discardableResult
    func once(_ sql: String, _ values: [SQLValue]) throws(StoreFault) -> PostgresAnswer {
        try check(
            withTexts(values) { texts in
                PostgresAnswer(PQexecParams(handle, sql, Int32(values.count), nil, texts, nil, nil, 1))
            })
    }

    func copy(_ sql: String, _ rows: [[SQLValue]]) throws(StoreFault) {
        _ = try check(PostgresAnswer(PQexec(handle, sql)))
        var lines: [UInt8] = []
        lines.reserveCapacity(1 << 17)
        var isSent = true
        for row in rows {
            CopyText.append(row, to: &lines)
            if lines.count > 1 << 16 { isSent = isSent && put(&lines) }
        }
        isSent = isSent && put(&lines) && PQputCopyEnd(handle, nil) == 1
        guard isSent else { throw .unavailable("\(place): \(Self.words(PQerrorMessage(handle)))") }
        var fault: StoreFault?
        while let result = PQgetResult(handle) {
            do throws(StoreFault) { _ = try check(PostgresAnswer(result)) } catch { fault = fault ?? error }
        }
        if let fault { throw fault }
    }

    private func put(_ lines: inout [UInt8]) -> Bool {
        defer { lines.removeAll(keepingCapacity: true) }
        return lines.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return true }
            return PQputCopyData(handle, start.assumingMemoryBound(to: CChar.self), Int32(bytes.count)) == 1
        }
    }

    private func check(_ answer: PostgresAnswer) throws(StoreFault) -> PostgresAnswer {
        switch answer.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN, PGRES_EMPTY_QUERY: return answer
        default:
            // Class 23 is what a constraint refuses (SQLSTATE, appendix A of PostgreSQL's documentation).
            let words = answer.complaint ?? Self.words(PQerrorMessage(handle))
            throw answer.code.hasPrefix("23") ? .refused(words) : .unavailable("\(place): \(words)")
        }
    }

    private func withTexts<Result>(
        _ values: [SQLValue], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        var bytes: [CChar] = []
        var starts: [Int?] = []
        for value in values {
            let text: String
            switch value {
            case .null:
                starts.append(nil)
                continue
            case .integer(let number): text = String(number)
            case .text(let words): text = words
            }
            starts.append(bytes.count)
            bytes.append(contentsOf: text.utf8CString)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            let texts: [UnsafePointer<CChar>?] = starts.map { start in
                guard let start, let base = buffer.baseAddress else { return nil }
                return base + start
            }
            return texts.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }

    private static func words(_ text: UnsafePointer<CChar>?) -> String {
        let text = text.map { String(cString: $0) } ?? ""
        return text.split(separator: "\n").map { $0.drop(while: \.isWhitespace) }.joined(separator: "; ")
    }
}

/// What the server answered; freed with the object.
final class PostgresAnswer {
    private let result: OpaquePointer?

    init(_ result: OpaquePointer?) { self.result = result }

    deinit { PQclear(result) }

    var status: ExecStatusType { PQresultStatus(result) }
    var rows: Int { Int(PQntuples(result)) }
    var changes: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }
    var code: String { fg_postgres_sqlstate(result).map { String(cString: $0) } ?? "" }

    var complaint: String? {
        guard let text = PQresultErrorMessage(result).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        return text.split(separator: "\n").first.map(String.init)
    }

    /// The first column of every row.
    func texts() -> [String] {
        (0..<rows).map { String(decoding: bytes(Int32($0), 0), as: UTF8.self) }
    }

    func isNull(_ row: Int32, _ column: Int32) -> Bool { PQgetisnull(result, row, column) == 1 }

    /// Valid as long as the answer.
    func bytes(_ row: Int32, _ column: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    }
}

/// COPY's text form: tabs between columns, a line a row, backslashes before what would be taken for either.
enum CopyText {
    static func append(_ row: [SQLValue], to lines: inout [UInt8]) {
        for (index, value) in row.enumerated() {
            if index > 0 { lines.append(9) }
            switch value {
            case .null: lines.append(contentsOf: "\\N".utf8)
            case .integer(let number): lines.append(contentsOf: String(number).utf8)
            case .text(let text): append(text, to: &lines)
            }
        }
        lines.append(10)
    }

    private static func append(_ text: String, to lines: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): lines.append(contentsOf: "\\\\".utf8)
            case 9: lines.append(contentsOf: "\\t".utf8)
            case 10: lines.append(contentsOf: "\\n".utf8)
            case 13: lines.append(contentsOf: "\\r".utf8)
            default: lines.append(byte)
            }
        }
    }
}
