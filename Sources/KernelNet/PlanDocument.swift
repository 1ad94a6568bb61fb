import FieldModel
import JSONText

/// A network plan as JSON, there and back.
package enum PlanDocument {
    package static func write(_ plan: NetworkPlan, to json: inout JSONWriter) {
        json.raw("{\"paths\":[")
        for (place, path) in plan.paths.enumerated() {
            json.raw(place == 0 ? "{\"id\":" : ",{\"id\":")
            json.string(path.id)
            json.raw(",\"device\":")
            json.string(path.device)
            json.raw(",\"gateway\":")
            optional(path.gateway, &json)
            json.raw(",\"table\":")
            json.integer(Int64(path.table))
            json.raw(",\"rate\":")
            if let rate = path.rate { json.integer(rate.bitsPerSecond) } else { json.raw("null") }
            if let bulk = path.bulk {
                json.raw(",\"bulk\":")
                json.integer(bulk.bitsPerSecond)
            }
            json.raw("}")
        }
        json.raw("],\"cameras\":[")
        for (place, camera) in plan.cameras.enumerated() {
            json.raw(place == 0 ? "{\"id\":" : ",{\"id\":")
            json.string(camera.id)
            json.raw(",\"address\":")
            json.string(camera.address)
            json.raw(",\"limit\":")
            json.integer(camera.limit.bitsPerSecond)
            json.raw("}")
        }
        json.raw("],\"cameraDevice\":")
        optional(plan.cameraDevice, &json)
        json.raw(",\"bulkPath\":")
        optional(plan.bulkPath, &json)
        json.raw(",\"othersPath\":")
        optional(plan.othersPath, &json)
        json.unescaped(",\"masquerade\":\(plan.masquerade),\"multipath\":\(plan.isMultipath)")
        if let quota = plan.quota {
            json.raw(",\"quota\":")
            json.integer(quota)
        }
        json.raw("}")
    }

    package static func read(_ value: JSONValue) throws(RequestFault) -> NetworkPlan {
        let form = try JSONForm(
            value, "plan",
            allowed: ["paths", "cameras", "cameraDevice", "bulkPath", "othersPath", "masquerade", "multipath", "quota"])
        return NetworkPlan(
            paths: try form.items("paths", limit: PlanCheck.pathLimit, path),
            cameras: try form.items("cameras", limit: PlanCheck.cameraLimit, camera),
            cameraDevice: try form.optionalText("cameraDevice"), bulkPath: try form.optionalText("bulkPath"),
            othersPath: try form.optionalText("othersPath"), masquerade: try form.flag("masquerade"),
            isMultipath: try form.flag("multipath"), quota: try form.optionalInteger("quota"))
    }

    private static func path(_ value: JSONValue, _ place: String) throws(RequestFault) -> NetworkPlan.Path {
        let form = try JSONForm(value, place, allowed: ["id", "device", "gateway", "table", "rate", "bulk"])
        let rate = try form.optionalInteger("rate").map { BitRate(bitsPerSecond: $0) }
        return NetworkPlan.Path(
            id: try form.text("id"), device: try form.text("device"), gateway: try form.optionalText("gateway"),
            table: Int(try form.integer("table")), rate: rate,
            bulk: try form.optionalInteger("bulk").map { BitRate(bitsPerSecond: $0) })
    }

    private static func camera(_ value: JSONValue, _ place: String) throws(RequestFault) -> NetworkPlan.Camera {
        let form = try JSONForm(value, place, allowed: ["id", "address", "limit"])
        return NetworkPlan.Camera(
            id: try form.text("id"), address: try form.text("address"),
            limit: BitRate(bitsPerSecond: try form.integer("limit")))
    }

    private static func optional(_ text: String?, _ json: inout JSONWriter) {
        if let text { json.string(text) } else { json.raw("null") }
    }
}

/// An object of a request, read strictly: every name known, every value of its kind.
package struct JSONForm {
    private let value: JSONValue
    private let place: String

    package init(_ value: JSONValue, _ place: String, allowed: [String]) throws(RequestFault) {
        guard case .object(let members) = value else { throw RequestFault("\(place) is no object") }
        if let stranger = members.first(where: { !allowed.contains($0.name) }) {
            throw RequestFault("\(place) has no '\(PlanCheck.shown(stranger.name))'")
        }
        self.value = value
        self.place = place
    }

    package func text(_ name: String) throws(RequestFault) -> String {
        guard let text = try optionalText(name) else { throw RequestFault("\(place).\(name) is missing") }
        return text
    }

    package func optionalText(_ name: String) throws(RequestFault) -> String? {
        switch value[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        default: throw RequestFault("\(place).\(name) is no text")
        }
    }

    package func integer(_ name: String) throws(RequestFault) -> Int64 {
        guard let number = try optionalInteger(name) else { throw RequestFault("\(place).\(name) is missing") }
        return number
    }

    package func optionalInteger(_ name: String) throws(RequestFault) -> Int64? {
        switch value[name] {
        case nil, .null?: return nil
        case .number(let number)? where number.digits == 0: return number.mantissa
        default: throw RequestFault("\(place).\(name) is no whole number")
        }
    }

    package func flag(_ name: String) throws(RequestFault) -> Bool {
        guard case .bool(let flag)? = value[name] else {
            throw RequestFault("\(place).\(name) is neither true nor false")
        }
        return flag
    }

    package func object(_ name: String) throws(RequestFault) -> JSONValue {
        guard let found = value[name] else { throw RequestFault("\(place).\(name) is missing") }
        return found
    }

    package func items<Item>(
        _ name: String, limit: Int, _ read: (JSONValue, String) throws(RequestFault) -> Item
    ) throws(RequestFault) -> [Item] {
        guard case .array(let values)? = value[name] else { throw RequestFault("\(place).\(name) is no list") }
        guard values.count <= limit else { throw RequestFault("\(place).\(name): \(values.count); at most \(limit)") }
        var items: [Item] = []
        for (index, value) in values.enumerated() { items.append(try read(value, "\(name)[\(index)]")) }
        return items
    }
}
