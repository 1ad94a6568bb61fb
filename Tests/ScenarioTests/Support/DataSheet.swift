import Foundation

/// The register tables of `Docs/simulators.md`, and a decoder of its own: it shares nothing with the gateway's.
struct DataSheet {
    struct Row: CustomStringConvertible {
        var table: String
        var address: Int
        var type: String
        var order: String
        var scale: Double
        var offset: Double
        var name: String
        var access: String

        var description: String { "\(name) (\(table) \(address), \(type) \(order))" }

        var registers: Int {
            if type.hasPrefix("string") { return Int(type.split(separator: " ")[1]) ?? 0 }
            switch type {
            case "u32", "i32", "f32", "bcd32": return 2
            case "u64", "i64", "f64": return 4
            default: return 1
            }
        }
    }

    let rows: [Row]

    /// The table under the heading that names `machine`.
    init(of machine: String) throws {
        let manual = Tool.root.appending(path: "Docs/simulators.md")
        let lines = try String(contentsOf: manual, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        guard
            let start = lines.firstIndex(where: { $0.hasPrefix("## Data sheet") && $0.contains("fieldsim \(machine)`") }
            )
        else { throw Missing(what: "no data sheet of \(machine)") }
        let section = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }
        rows = section.compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count > 10, let address = Int(cells[2]) else { return nil }
            return Row(
                table: cells[1], address: address, type: cells[3], order: cells[4].isEmpty ? "ABCD" : cells[4],
                scale: Double(cells[5]) ?? 1, offset: Double(cells[6]) ?? 0, name: cells[8], access: cells[9])
        }
    }
}

extension DataSheet.Row {
    /// What the raw registers mean, as text or number.
    func decode(_ raw: [UInt16]) -> Any {
        if type == "bool" { return raw[0] != 0 }
        if type.hasPrefix("bit") { return (Int(raw[0]) >> (Int(type.dropFirst(4)) ?? 0)) & 1 == 1 }
        let bytes = wordsInOrder(raw).flatMap { word -> [UInt8] in
            let pair = [UInt8(word >> 8), UInt8(word & 0xFF)]
            return order == "BADC" || order == "DCBA" ? pair.reversed() : pair
        }
        if type.hasPrefix("string") {
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).trimmingCharacters(in: .whitespaces)
        }
        return number(bytes) * scale + offset
    }

    private func wordsInOrder(_ raw: [UInt16]) -> [UInt16] {
        let isText = type.hasPrefix("string")
        return !isText && (order == "CDAB" || order == "DCBA") ? raw.reversed() : raw
    }

    private func number(_ bytes: [UInt8]) -> Double {
        let hex = bytes.map { String(format: "%02X", $0) }.joined()
        let bits = UInt64(hex, radix: 16) ?? 0
        switch type {
        case "i16": return Double(bits > 0x7FFF ? Int64(bits) - 0x1_0000 : Int64(bits))
        case "i32": return Double(bits > 0x7FFF_FFFF ? Int64(bits) - 0x1_0000_0000 : Int64(bits))
        case "i64": return Double(Int64(bitPattern: bits))
        case "f32": return Double(Float(bitPattern: UInt32(bits)))
        case "f64": return Double(bitPattern: bits)
        case "bcd16", "bcd32": return Double(hex) ?? .nan
        default: return Double(bits)
        }
    }
}
