import FieldGateTesting
import Foundation

/// What `CPowerLog` noted, and the disks that a power cut could have left at any point of it.
struct PowerLog {
    enum Step {
        case write(file: String, offset: Int, bytes: Data)
        case truncate(file: String, size: Int)
        case sync(file: String)
        case delete(file: String)
        case mark(UInt64)
    }

    private(set) var steps: [Step] = []

    init(path: String) throws {
        let log = try Data(contentsOf: URL(filePath: path))
        var names: [UInt32: String] = [:]
        var place = 0
        func number<Number: FixedWidthInteger>(_ offset: Int, _: Number.Type) -> Number {
            (0..<MemoryLayout<Number>.size).reduce(0) { $0 | Number(log[place + offset + $1]) << (8 * $1) }
        }
        while place + 17 <= log.count {
            let (kind, file) = (log[place], number(1, UInt32.self))
            let (offset, length) = (number(5, UInt64.self), Int(number(13, UInt32.self)))
            guard place + 17 + length <= log.count else { break }
            let bytes = log.subdata(in: place + 17..<place + 17 + length)
            place += 17 + length
            let text = String(decoding: bytes, as: UTF8.self).split(separator: "/").last.map(String.init) ?? ""
            let name = names[file] ?? ""
            switch UnicodeScalar(kind) {
            case "N": names[file] = text
            case "W": steps.append(.write(file: name, offset: Int(offset), bytes: bytes))
            case "T": steps.append(.truncate(file: name, size: Int(offset)))
            case "S": steps.append(.sync(file: name))
            case "D": steps.append(.delete(file: text))
            default: steps.append(.mark(offset))
            }
        }
    }

    /// The newest mark before the cut, and the files as the disk has them: what was synced is there; of the rest any part
    /// may be missing, and one write may be torn.
    func disk(cutBefore end: Int, _ random: inout SeededRandom) -> (mark: UInt64, files: [String: Data]) {
        var mark: UInt64 = 0
        var files: [String: Data] = [:]
        var pending: [Step] = []
        for step in steps[..<end] {
            switch step {
            case .mark(let value): mark = max(mark, value)
            case .sync(let synced):
                // Names are safe with the next sync of whatever file.
                let isSafe: (Step) -> Bool = { $0.file == synced || $0.isDeletion }
                for step in pending where isSafe(step) { step.apply(to: &files) }
                pending.removeAll(where: isSafe)
            default: pending.append(step)
            }
        }
        for step in pending {
            switch random.next() % 6 {
            case 0, 1: break
            case 2: step.torn(&random).apply(to: &files)
            default: step.apply(to: &files)
            }
        }
        return (mark, files)
    }
}

extension PowerLog.Step {
    var file: String? {
        switch self {
        case .write(let file, _, _), .truncate(let file, _), .sync(let file), .delete(let file): file
        case .mark: nil
        }
    }

    var isDeletion: Bool { if case .delete = self { true } else { false } }

    func apply(to files: inout [String: Data]) {
        switch self {
        case .write(let file, let offset, let bytes):
            var content = files[file] ?? Data()
            if content.count < offset + bytes.count { content.count = offset + bytes.count }
            content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            files[file] = content
        case .truncate(let file, let size): files[file]?.count = size
        case .delete(let file): files[file] = nil
        case .sync, .mark: break
        }
    }

    /// A beginning of it.
    func torn(_ random: inout SeededRandom) -> Self {
        guard case .write(let file, let offset, let bytes) = self, bytes.count > 1 else { return self }
        return .write(
            file: file, offset: offset, bytes: bytes.prefix(Int(random.next(upperBound: UInt64(bytes.count)))))
    }
}
