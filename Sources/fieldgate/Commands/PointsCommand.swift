import ArgumentParser
import FieldModel
import Telemetry

struct PointsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "points", abstract: "Show the resolved points of every device, and the reads that bring them.")

    @OptionGroup var site: SiteOptions

    func run() throws {
        let settings = try site.loadOrExit()
        for device in settings.devices {
            print("\(device.id): \(device.map.title), profile \(device.map.id), bus \(device.bus), unit \(device.unit)")
            for group in device.map.groups { show(group, device) }
            let unpolled = device.map.points.filter { $0.group == nil }
            if !unpolled.isEmpty { print("  written only") }
            for point in unpolled { print(Self.line(point)) }
            print("")
        }
    }

    private func show(_ group: PollGroup, _ device: DeviceSettings) {
        let plan = GroupPlan(group, of: device.map)
        let points = plan.points
        let reads = plan.blocks.count == 1 ? "1 read" : "\(plan.blocks.count) reads"
        print("  group \(group.id), every \(group.period), \(points.count) points in \(reads)")
        for block in plan.blocks {
            print("    read \(block.count) \(block.table.rawValue) from \(block.address)")
            for slot in block.slots { print(Self.line(points[slot.point])) }
        }
    }

    private static func line(_ point: Point) -> String {
        var parts = [pad(point.id, 32), pad("\(point.table.rawValue) \(point.address)", 15), pad(point.type.name, 7)]
        if point.order.wordsAreLittle { parts.append("words little") }
        if point.order.bytesAreLittle { parts.append("bytes little") }
        if point.scaling.scale != .one { parts.append("× \(point.scaling.scale)") }
        if point.scaling.offset != .zero { parts.append("+ \(point.scaling.offset)") }
        if let unit = point.unit { parts.append(unit) }
        if let write = point.write {
            let limits = [write.minimum.map { "≥ \($0)" }, write.maximum.map { "≤ \($0)" }].compactMap(\.self)
            parts.append("writable" + (limits.isEmpty ? "" : " (\(limits.joined(separator: ", ")))"))
        }
        return "      " + parts.joined(separator: " ")
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
