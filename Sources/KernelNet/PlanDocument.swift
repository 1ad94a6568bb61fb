import FieldModel
import JSONText

/// A plan as JSON, and the check that every value of it is what it should be: the helper trusts nobody's text.
enum PlanDocument {
    static let mostPaths = 8
    static let mostCameras = 64
    private static let rates: ClosedRange<Int64> = 8_000...100_000_000_000

    static func write(_ plan: NetworkPlan, to json: inout JSONWriter) {
        json.raw("{\"schema\":\"fg.netplan/1\"")
        if let device = plan.cameraDevice { json.member("camera_device", .text(device)) }
        if let path = plan.bulkPath { json.member("bulk", .text(path)) }
        if let path = plan.othersPath { json.member("others", .text(path)) }
        json.member("masquerade", .bool(plan.masquerade))
        json.member("multipath", .bool(plan.isMultipath))
        json.raw(",\"paths\":[")
        for (index, path) in plan.paths.enumerated() {
            json.raw(index == 0 ? "{\"id\":" : ",{\"id\":")
            json.string(path.id)
            json.member("device", .text(path.device))
            json.member("table", .integer(Int64(path.table)))
            if let gateway = path.gateway { json.member("gateway", .text(gateway)) }
            if let rate = path.rate { json.member("rate", .integer(rate.bitsPerSecond)) }
            json.raw("}")
        }
        json.raw("],\"cameras\":[")
        for (index, camera) in plan.cameras.enumerated() {
            json.raw(index == 0 ? "{\"id\":" : ",{\"id\":")
            json.string(camera.id)
            json.member("address", .text(camera.address))
            json.member("limit", .integer(camera.limit.bitsPerSecond))
            json.raw("}")
        }
        json.raw("]}")
    }

    /// `isAllowed` says which interfaces may be touched.
    static func read(_ json: JSONValue, isAllowed: (String) -> Bool) throws(NetworkFault) -> NetworkPlan {
        let paths = json.items("paths")
        let cameras = json.items("cameras")
        guard json.text("schema") == "fg.netplan/1" else { throw .refused("no plan of schema fg.netplan/1") }
        guard (1...mostPaths).contains(paths.count) else { throw .refused("a plan has 1 to \(mostPaths) paths") }
        guard cameras.count <= mostCameras else { throw .refused("a plan has at most \(mostCameras) cameras") }
        var plan = NetworkPlan(paths: [], masquerade: json["masquerade"] == .bool(true))
        plan.isMultipath = json["multipath"] == .bool(true)
        for path in paths { plan.paths.append(try readPath(path, isAllowed)) }
        for camera in cameras { plan.cameras.append(try readCamera(camera)) }
        try checkUnique("path id", plan.paths.map(\.id))
        try checkUnique("device", plan.paths.map(\.device))
        try checkUnique("table", plan.paths.map { "\($0.table)" })
        try checkUnique("camera id", plan.cameras.map(\.id))
        try checkUnique("camera address", plan.cameras.map(\.address))
        plan.cameraDevice = try optionalDevice(json, "camera_device")
        guard plan.cameras.isEmpty || plan.cameraDevice != nil else { throw .refused("cameras without camera_device") }
        plan.bulkPath = try known(json, "bulk", plan)
        plan.othersPath = try known(json, "others", plan)
        return plan
    }

    private static func readPath(
        _ json: JSONValue, _ isAllowed: (String) -> Bool
    ) throws(NetworkFault) -> NetworkPlan.Path {
        let device = json.text("device")
        let table = json.integer("table")
        guard isName(json.text("id"), 64) else {
            throw .refused("a path's id is 1 to 64 letters, digits, '_', '-', '.'")
        }
        guard isName(device, 15) else { throw .refused("'\(device.prefix(32))' is no interface's name") }
        guard isAllowed(device) else {
            throw .refused("this helper may not touch the interface \(device); start it with --device \(device)")
        }
        guard (101...199).contains(table) else { throw .refused("a path's table is 101 to 199") }
        var path = NetworkPlan.Path(id: json.text("id"), device: device, gateway: nil, table: Int(table), rate: nil)
        if json["gateway"] != nil {
            guard NetworkAddress.isV4(json.text("gateway")) else {
                throw .refused("a path's gateway is an IPv4 address")
            }
            path.gateway = json.text("gateway")
        }
        if json["rate"] != nil { path.rate = try rate(json, "rate") }
        return path
    }

    private static func readCamera(_ json: JSONValue) throws(NetworkFault) -> NetworkPlan.Camera {
        guard isName(json.text("id"), 64), NetworkAddress.isV4(json.text("address")) else {
            throw .refused("a camera has an id and an IPv4 address")
        }
        return NetworkPlan.Camera(id: json.text("id"), address: json.text("address"), limit: try rate(json, "limit"))
    }

    static func rate(_ json: JSONValue, _ key: String) throws(NetworkFault) -> BitRate {
        guard rates.contains(json.integer(key)) else { throw .refused("'\(key)' is a rate of 8 kbit/s to 100 Gbit/s") }
        return BitRate(bitsPerSecond: json.integer(key))
    }

    private static func optionalDevice(_ json: JSONValue, _ key: String) throws(NetworkFault) -> String? {
        guard json[key] != nil else { return nil }
        guard isName(json.text(key), 15) else { throw .refused("'\(key)' is no interface's name") }
        return json.text(key)
    }

    private static func known(_ json: JSONValue, _ key: String, _ plan: NetworkPlan) throws(NetworkFault) -> String? {
        guard json[key] != nil else { return nil }
        guard plan.paths.contains(where: { $0.id == json.text(key) }) else { throw .refused("'\(key)' names no path") }
        return json.text(key)
    }

    private static func checkUnique(_ what: String, _ values: [String]) throws(NetworkFault) {
        if Set(values).count != values.count { throw .refused("a \(what) is there twice") }
    }

    /// Letters, digits, `_`, `-`, `.`; no name begins with a dash, which programs take for an option.
    static func isName(_ text: String, _ longest: Int) -> Bool {
        (1...longest).contains(text.utf8.count) && text != "." && text != ".." && !text.hasPrefix("-")
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            }
    }
}
