import FieldModel
import JSONText

/// The retained documents: `status` and `meta`.
package enum Documents {
    /// `fg.status/1`; the offline form without `reason` is also the connection's Will.
    package static func status(
        gateway: String, online: Bool, session: String, at time: Timestamp, reason: String? = nil
    ) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.raw("{\"schema\":\"fg.status/1\",\"gw\":")
        json.string(gateway)
        json.raw(",\"state\":")
        json.string(online ? "online" : "offline")
        json.raw(",\"session\":")
        json.string(session)
        json.raw(",\"t\":")
        json.time(time)
        if let reason {
            json.raw(",\"reason\":")
            json.string(reason)
        }
        json.raw("}")
        return Array(json.bytes)
    }

    /// `fg.meta/1`: what every name in the other messages means. Devices of one profile share its entry.
    package static func meta(site: SiteSettings, software: String, epoch: UInt32) -> [UInt8] {
        var json = JSONWriter(capacity: 16_384)
        json.raw("{\"schema\":\"fg.meta/1\",\"gw\":")
        json.string(site.gateway)
        json.raw(",\"software\":")
        json.string(software)
        json.raw(",\"config\":")
        json.string(site.fingerprint)
        json.raw(",\"epoch\":")
        json.integer(Int64(epoch))
        json.raw(",\"devices\":{")
        for device in site.devices {
            json.string(device.id)
            json.raw(":{\"profile\":")
            json.string(device.map.id)
            json.raw(",\"bus\":")
            json.string(device.bus)
            json.raw(",\"unit\":")
            json.integer(Int64(device.unit))
            json.raw("},")
        }
        if !site.devices.isEmpty { json.removeLast() }
        json.raw("},\"profiles\":{")
        var written: Set<String> = []
        for device in site.devices where written.insert(device.map.id).inserted {
            json.string(device.map.id)
            json.raw(":")
            profile(device.map, &json)
            json.raw(",")
        }
        if !written.isEmpty { json.removeLast() }
        json.raw("}}")
        return Array(json.bytes)
    }

    private static func profile(_ map: RegisterMap, _ json: inout JSONWriter) {
        json.raw("{\"title\":")
        json.string(map.title)
        json.raw(",\"groups\":{")
        for group in map.groups {
            json.string(group.id)
            json.raw(":{\"period_ms\":")
            json.integer(group.period.wholeMilliseconds)
            json.raw("},")
        }
        if !map.groups.isEmpty { json.removeLast() }
        json.raw("},\"points\":{")
        for point in map.points {
            json.string(point.id)
            json.raw(":")
            self.point(point, &json)
            json.raw(",")
        }
        if !map.points.isEmpty { json.removeLast() }
        json.raw("}}")
    }

    private static func point(_ point: Point, _ json: inout JSONWriter) {
        json.raw("{\"type\":")
        json.string(point.type.name)
        member("unit", point.unit, &json)
        member("group", point.group, &json)
        member("description", point.summary, &json)
        if point.scaling != .none {
            json.raw(",\"scale\":")
            json.value(.decimal(point.scaling.scale))
            json.raw(",\"offset\":")
            json.value(.decimal(point.scaling.offset))
        }
        if !point.labels.isEmpty {
            json.raw(",\"labels\":{")
            for (number, label) in point.labels.sorted(by: { $0.key < $1.key }) {
                json.string(String(number))
                json.raw(":")
                json.string(label)
                json.raw(",")
            }
            json.removeLast()
            json.raw("}")
        }
        if let write = point.write {
            json.raw(",\"writable\":true")
            for case (let name, let limit?) in [("min", write.minimum), ("max", write.maximum)] {
                json.raw(",")
                json.string(name)
                json.raw(":")
                json.value(.decimal(limit))
            }
        }
        json.raw("}")
    }

    private static func member(_ name: String, _ value: String?, _ json: inout JSONWriter) {
        guard let value else { return }
        json.raw(",")
        json.string(name)
        json.raw(":")
        json.string(value)
    }
}
