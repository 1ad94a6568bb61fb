import FieldModel

/// How a point is read and written.
extension PointReader {
    enum Access {
        case readOnly, readWrite, writeOnly
    }

    func access(_ table: RegisterTable?) -> Access {
        let access =
            section.choice(
                "access", [("read", Access.readOnly), ("read_write", .readWrite), ("write", .writeOnly)]) ?? .readOnly
        if access != .readOnly, let table, !table.isWritable {
            section.reject(
                "access", "nothing can be written to the table '\(table.rawValue)'",
                remedy: "write `access: read`, or name a holding register or coil")
        }
        if access != .readOnly, section.text("type") == "bit" {
            section.reject(
                "access", "a single bit of a register is not written",
                remedy: "make the whole register a point and write that")
        }
        return access
    }

    func writeRule(_ access: Access) -> WriteRule? {
        let readBack = access != .writeOnly
        guard let write = section.section("write") else {
            return access == .readOnly ? nil : WriteRule(readBack: readBack)
        }
        defer { write.finish() }
        let rule = WriteRule(
            minimum: write.decimal("min"), maximum: write.decimal("max"), readBack: write.flag("read_back") ?? readBack)
        if let minimum = rule.minimum, let maximum = rule.maximum, maximum < minimum {
            write.reject("max", "\(maximum) is below min, \(minimum)", remedy: "exchange the two")
        }
        guard access != .readOnly else {
            section.reject(
                "write", "the point is read-only", remedy: "add `access: read_write`, or take the write rule out")
            return nil
        }
        return rule
    }

    func group(polled: Bool) -> String? {
        let named = section.text("group")
        guard polled else {
            if named != nil {
                section.reject("group", "a point that is only written is never polled", remedy: "take the group out")
            }
            return nil
        }
        guard let group = named ?? defaults.group else {
            section.reject(nil, "'group' is missing", remedy: "name one of \(groupNames), or set a default")
            return nil
        }
        guard groups.contains(group) else {
            section.reject("group", "there is no group '\(group)'", remedy: "name one of \(groupNames)")
            return nil
        }
        return group
    }

    private var groupNames: String {
        groups.isEmpty ? "those you list under `groups:`" : groups.joined(separator: ", ")
    }
}
