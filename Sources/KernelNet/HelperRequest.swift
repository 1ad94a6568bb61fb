import FieldModel
import JSONText

/// What the helper can be asked: one line of JSON, values only, never a command.
enum HelperRequest: Hashable, Sendable {
    case apply(NetworkPlan)
    case inspect(NetworkPlan)
    case shape(path: String, BitRate)
    case route(bulk: String?, others: String?)
    case reauthorise(String)
    case clear

    /// Bytes of a line at most.
    static let longestLine = 65_536

    var line: String {
        var json = JSONWriter()
        switch self {
        case .apply(let plan), .inspect(let plan):
            json.raw(isApply ? "{\"do\":\"apply\",\"plan\":" : "{\"do\":\"inspect\",\"plan\":")
            PlanDocument.write(plan, to: &json)
        case .shape(let path, let rate):
            json.raw("{\"do\":\"shape\"")
            json.member("path", .text(path))
            json.member("rate", .integer(rate.bitsPerSecond))
        case .route(let bulk, let others):
            json.raw("{\"do\":\"route\"")
            if let bulk { json.member("bulk", .text(bulk)) }
            if let others { json.member("others", .text(others)) }
        case .reauthorise(let device):
            json.raw("{\"do\":\"reauthorise\"")
            json.member("usb", .text(device))
        case .clear: json.raw("{\"do\":\"clear\"")
        }
        json.raw("}")
        return json.text
    }

    private var isApply: Bool { if case .apply = self { true } else { false } }

    static func parse(_ line: String, isAllowed: (String) -> Bool) throws(NetworkFault) -> HelperRequest {
        let json: JSONValue
        do throws(JSONFault) { json = try JSONReader.read(line) } catch { throw .refused("no JSON: \(error.text)") }
        switch json.text("do") {
        case "apply": return .apply(try PlanDocument.read(json["plan"] ?? .null, isAllowed: isAllowed))
        case "inspect": return .inspect(try PlanDocument.read(json["plan"] ?? .null, isAllowed: isAllowed))
        case "shape": return .shape(path: try name(json, "path"), try PlanDocument.rate(json, "rate"))
        case "route": return .route(bulk: try optionalName(json, "bulk"), others: try optionalName(json, "others"))
        case "reauthorise": return .reauthorise(try name(json, "usb"))
        case "clear": return .clear
        default: throw .refused("'do' is one of apply, inspect, shape, route, reauthorise, clear")
        }
    }

    private static func name(_ json: JSONValue, _ key: String) throws(NetworkFault) -> String {
        guard PlanDocument.isName(json.text(key), 64) else { throw .refused("'\(key)' is no name") }
        return json.text(key)
    }

    private static func optionalName(_ json: JSONValue, _ key: String) throws(NetworkFault) -> String? {
        json[key] == nil ? nil : try name(json, key)
    }
}

/// What the helper answers: `{"ok":true,"missing":[…],"absent":[…]}` or `{"ok":false,"error":"…"}`.
enum HelperReply {
    static func line(_ result: Result<NetworkState, NetworkFault>) -> String {
        var json = JSONWriter()
        switch result {
        case .success(let state):
            json.raw("{\"ok\":true,\"missing\":")
            list(state.missing, &json)
            json.raw(",\"absent\":")
            list(state.absent, &json)
        case .failure(let fault):
            json.raw("{\"ok\":false")
            json.member("error", .text(fault.words))
        }
        json.raw("}")
        return json.text
    }

    static func parse(_ line: String) throws(NetworkFault) -> NetworkState {
        guard let json = try? JSONReader.read(line) else { throw .unreachable("its answer makes no sense") }
        guard json["ok"] == .bool(true) else { throw .refused(json.text("error")) }
        var state = NetworkState()
        state.missing = json.items("missing").compactMap(\.string)
        state.absent = json.items("absent").compactMap(\.string)
        return state
    }

    private static func list(_ texts: [String], _ json: inout JSONWriter) {
        json.raw("[")
        for (index, text) in texts.enumerated() {
            if index > 0 { json.raw(",") }
            json.string(text)
        }
        json.raw("]")
    }
}

extension NetworkFault {
    /// For people.
    package var words: String {
        switch self {
        case .unreachable(let reason), .refused(let reason): reason
        }
    }
}

extension JSONValue {
    fileprivate var string: String? { if case .string(let text) = self { text } else { nil } }
}
