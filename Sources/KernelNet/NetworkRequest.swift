import FieldModel
import JSONText

/// What a client may ask of the privileged side: one JSON object a line, and values only.
package enum NetworkRequest: Hashable, Sendable {
    /// The protocol's version; a helper of another version says so.
    case hello(version: Int64)
    case apply(NetworkPlan)
    case inspect(NetworkPlan)
    case shape(path: String, rate: BitRate)
    case route(bulk: String?, others: String?)
    case reauthorise(usb: String)
    case clear
    /// The ring of connection events, as a descriptor beside the answer.
    case meter
    /// Every live connection, as a descriptor of a list beside the answer; `missing` names what makes it inexact.
    case flows
    /// What is in no connection's counters on the paths.
    case others

    package static let version: Int64 = 1
    /// Bytes of a line, its end included.
    package static let lineLimit = 65_536

    package static func read(_ line: [UInt8]) throws(RequestFault) -> NetworkRequest {
        let value: JSONValue
        do throws(JSONFault) {
            value = try line.withUnsafeBufferPointer { bytes throws(JSONFault) in try JSONReader.read(bytes) }
        } catch {
            throw RequestFault("no JSON: \(error.text)")
        }
        let form = try JSONForm(
            value, "request", allowed: ["op", "plan", "version", "path", "rate", "usb", "bulk", "others"])
        switch try form.text("op") {
        case "hello": return .hello(version: try form.integer("version"))
        case "apply": return .apply(try PlanDocument.read(form.object("plan")))
        case "inspect": return .inspect(try PlanDocument.read(form.object("plan")))
        case "shape":
            return .shape(path: try form.text("path"), rate: BitRate(bitsPerSecond: try form.integer("rate")))
        case "route":
            return .route(bulk: try form.optionalText("bulk"), others: try form.optionalText("others"))
        case "reauthorise": return .reauthorise(usb: try form.text("usb"))
        case "clear": return .clear
        case "meter": return .meter
        case "flows": return .flows
        case "others": return .others
        case let other: throw RequestFault("op '\(PlanCheck.shown(other))' is none of mine")
        }
    }

    /// Without the line's end.
    package var line: String {
        var json = JSONWriter()
        json.raw("{\"op\":")
        switch self {
        case .hello(let version): json.unescaped("\"hello\",\"version\":\(version)")
        case .apply(let plan):
            json.raw("\"apply\",\"plan\":")
            PlanDocument.write(plan, to: &json)
        case .inspect(let plan):
            json.raw("\"inspect\",\"plan\":")
            PlanDocument.write(plan, to: &json)
        case .shape(let path, let rate):
            json.raw("\"shape\",\"path\":")
            json.string(path)
            json.unescaped(",\"rate\":\(rate.bitsPerSecond)")
        case .route(let bulk, let others):
            json.raw("\"route\"")
            for (name, path) in [("bulk", bulk), ("others", others)] {
                if let path { json.member(name, .text(path)) }
            }
        case .reauthorise(let usb):
            json.raw("\"reauthorise\",\"usb\":")
            json.string(usb)
        case .clear: json.raw("\"clear\"")
        case .meter: json.raw("\"meter\"")
        case .flows: json.raw("\"flows\"")
        case .others: json.raw("\"others\"")
        }
        json.raw("}")
        return json.text
    }
}

/// What the privileged side answers: one JSON object a line.
package enum NetworkReply: Hashable, Sendable {
    case done(NetworkState)
    case counted([OtherTraffic])
    case refused(String)

    package var line: String {
        var json = JSONWriter()
        switch self {
        case .refused(let reason):
            json.raw("{\"ok\":false,\"error\":")
            json.string(reason)
        case .done(let state):
            json.unescaped("{\"ok\":true,\"version\":\(NetworkRequest.version),\"missing\":")
            Self.list(state.missing, &json)
            json.raw(",\"absent\":")
            Self.list(state.absent, &json)
        case .counted(let others):
            json.unescaped("{\"ok\":true,\"version\":\(NetworkRequest.version),\"others\":[")
            for (place, other) in others.enumerated() {
                if place > 0 { json.raw(",") }
                other.write(to: &json)
            }
            json.raw("]")
        }
        json.raw("}")
        return json.text
    }

    package static func read(_ line: [UInt8]) -> NetworkReply? {
        let value = try? line.withUnsafeBufferPointer { bytes throws(JSONFault) in try JSONReader.read(bytes) }
        guard let value, case .bool(let ok)? = value["ok"] else { return nil }
        if !ok, case .string(let reason)? = value["error"] { return .refused(reason) }
        guard ok else { return nil }
        if case .array(let items)? = value["others"] { return .counted(items.compactMap(OtherTraffic.init)) }
        var state = NetworkState()
        state.missing = texts(value["missing"])
        state.absent = texts(value["absent"])
        return .done(state)
    }

    private static func list(_ texts: [String], _ json: inout JSONWriter) {
        json.raw("[")
        for (place, text) in texts.enumerated() {
            if place > 0 { json.raw(",") }
            json.string(text)
        }
        json.raw("]")
    }

    private static func texts(_ value: JSONValue?) -> [String] {
        guard case .array(let items)? = value else { return [] }
        return items.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}
