import CSystem
import FieldModel
import Platform
import UsageWire

/// The folder of exported files, and of the marks that they were taken.
struct UsageExportFolder {
    let path: String

    init(_ path: String) throws(ExportFault) {
        self.path = path.hasSuffix("/") ? String(path.dropLast()) : path
        do throws(SystemError) {
            try FileText.makeFolder(self.path)
        } catch {
            throw ExportFault(words: "the folder \(path) cannot be made: \(error); name another with --to")
        }
    }

    /// For each epoch, the last number of the files that were taken.
    func takenThrough(_ gateway: String, _ format: UsageFormat) -> [UInt32: UInt64] {
        var through: [UInt32: UInt64] = [:]
        for name in names where name.hasSuffix("." + format.ending + ".ack") {
            let parts = name.dropLast(format.ending.count + 5).split(separator: "_")
            guard parts.count >= 3, name.hasPrefix(gateway + "_"), let epoch = UInt32(parts[parts.count - 2]),
                let last = parts[parts.count - 1].split(separator: "-").last.flatMap({ UInt64($0) })
            else { continue }
            through[epoch] = max(last, through[epoch] ?? 0)
        }
        return through
    }

    /// Only a file whose trailer is right can be taken. Returns the mark's name.
    func markTaken(_ file: String) throws(ExportFault) -> String {
        let name = String(file.split(separator: "/").last ?? "")
        let full = path + "/" + name
        guard let text = FileText.read(full) else {
            throw ExportFault(words: "\(full) cannot be read: name a file of the folder")
        }
        let lines = text.split(separator: "\n")
        guard let format = UsageFormat.allCases.last(where: { name.hasSuffix("." + $0.ending) }),
            let trailer = lines.last.flatMap({ ExportTrailer(text: $0) }),
            trailer.records == Int64(lines.count) - (format.header == nil ? 1 : 2)
        else {
            throw ExportFault(words: "\(full) has no trailer, or another count of lines than it says: export it again")
        }
        do throws(SystemError) {
            try FileText.replace(full + ".ack", with: trailer.line(.jsonl) + "\n")
        } catch {
            throw ExportFault(words: "\(full).ack cannot be written: \(error)")
        }
        return name + ".ack"
    }

    private var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let name = fg_folder_next(folder) { names.append(String(cString: name)) }
        return names.sorted()
    }
}

extension ExportTrailer {
    func line(_ format: UsageFormat) -> String {
        guard format != .jsonl else { return line }
        let figures = ["\(records)", "\(sumUp)", "\(sumDown)", "\(epoch)", "\(first)", "\(last)", lastHash]
        return (["TRAILER"] + figures).joined(separator: ",")
    }

    /// In whatever format; nil for any other line.
    init?(text line: Substring) {
        if let trailer = ExportTrailer(Array(line.utf8)) {
            self = trailer
            return
        }
        let parts = line.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 8, parts[0] == "TRAILER", let records = Int64(parts[1]), let up = Int64(parts[2]),
            let down = Int64(parts[3]), let epoch = UInt32(parts[4]), let first = UInt64(parts[5]),
            let last = UInt64(parts[6])
        else { return nil }
        self.init()
        (self.records, sumUp, sumDown, self.epoch, self.first, self.last) = (records, up, down, epoch, first, last)
        lastHash = String(parts[7])
    }
}

/// Writes records to one file after another. A file has its name when it is complete.
struct UsageFileWriter {
    private let folder: UsageExportFolder
    private let format: UsageFormat
    private let limit: Int
    private let isFull: Bool
    private var text: [UInt8] = []
    private var trailer = ExportTrailer()
    private var gateway = ""
    private var span = ""
    private(set) var files: [String] = []

    init(_ folder: UsageExportFolder, format: UsageFormat, limit: Int, isFull: Bool) {
        self.folder = folder
        self.format = format
        self.limit = limit
        self.isFull = isFull
    }

    mutating func add(_ record: UsageRecord, _ bytes: [UInt8], span: String) throws(ExportFault) {
        let line = format.line(record, bytes, isFull: isFull)
        // Room for the trailer too.
        let isOver = text.count + line.count + 512 > limit
        if trailer.records > 0, isOver || span != self.span || record.epoch != trailer.epoch { try finish() }
        if text.isEmpty, let header = format.header { text += Array(header.utf8) + [10] }
        text += line + [10]
        trailer.add(record)
        (gateway, self.span) = (record.gateway, span)
    }

    /// Closes the file that is open.
    mutating func finish() throws(ExportFault) {
        guard trailer.records > 0 else { return }
        text += Array(trailer.line(format).utf8) + [10]
        func padded(_ number: UInt64) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
        }
        let name = "\(gateway)_\(trailer.epoch)_\(padded(trailer.first))-\(padded(trailer.last)).\(format.ending)"
        do throws(SystemError) {
            try FileText.replace(folder.path + "/" + name, with: String(decoding: text, as: UTF8.self))
        } catch {
            throw ExportFault(
                words: "\(folder.path)/\(name) cannot be written: \(error); the files before it are whole")
        }
        files.append(name)
        (text, trailer) = ([], ExportTrailer())
    }
}
