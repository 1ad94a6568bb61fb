import FieldModel
import JSONText

/// What is wrong with a command's text. The id is there when it could be read, so that the sender learns of it.
package struct CommandFault: Error, Hashable, Sendable {
    package var id: String?
    package var detail: String
}

/// Reads `{"id":"…","point":"…","value":30,"expires":"…"}`, or `"points":{"A":1,"B":2}` for a checked batch.
package enum CommandParser {
    /// Longer texts are refused unread.
    package static let limit = 65_536
    private static let keys: Set<String> = ["id", "point", "value", "points", "expires", "schema"]

    package static func parse(
        _ payload: UnsafeBufferPointer<UInt8>, device: String, retained: Bool
    ) throws(CommandFault) -> Command {
        guard payload.count <= limit else {
            throw CommandFault(id: nil, detail: "\(payload.count) bytes; a command has at most \(limit)")
        }
        let json: JSONValue
        do throws(JSONFault) {
            json = try JSONReader.read(payload)
        } catch {
            throw CommandFault(id: nil, detail: "not JSON: \(error.text)")
        }
        guard case .object(let members) = json else {
            throw CommandFault(id: nil, detail: "not an object with 'id', 'point' and 'value'")
        }
        guard case .string(let id)? = json["id"], (1...128).contains(id.utf8.count) else {
            throw CommandFault(id: nil, detail: "'id' is missing, or no text of 1 to 128 bytes")
        }
        if let stranger = members.first(where: { !keys.contains($0.name) }) {
            throw CommandFault(id: id, detail: "unknown key '\(stranger.name)'")
        }
        return Command(
            id: id, device: device, setPoints: try setPoints(json, id), expires: try expires(json, id),
            retained: retained)
    }

    private static func setPoints(_ json: JSONValue, _ id: String) throws(CommandFault) -> [SetPoint] {
        switch (json["point"], json["points"]) {
        case (.string(let point)?, nil):
            guard let value = json["value"] else { throw CommandFault(id: id, detail: "'value' is missing") }
            return [SetPoint(point: point, value: try commandValue(value, point, id))]
        case (nil, .object(let members)?):
            guard (1...64).contains(members.count) else {
                throw CommandFault(id: id, detail: "'points' names 1 to 64 points, not \(members.count)")
            }
            guard json["value"] == nil else {
                throw CommandFault(id: id, detail: "'value' belongs to 'point'; 'points' carries its own values")
            }
            var setPoints: [SetPoint] = []
            for member in members {
                setPoints.append(SetPoint(point: member.name, value: try commandValue(member.value, member.name, id)))
            }
            return setPoints
        default:
            throw CommandFault(id: id, detail: "either 'point' (text) and 'value', or 'points' (an object)")
        }
    }

    private static func commandValue(
        _ value: JSONValue, _ point: String, _ id: String
    ) throws(CommandFault) -> CommandValue {
        switch value {
        case .bool(let truth): return .bool(truth)
        case .number(let number): return .number(number)
        case .real(let number): return .real(number)
        case .string(let text): return .text(text)
        case .null, .array, .object:
            throw CommandFault(id: id, detail: "the value of '\(point)' is no number, text, true or false")
        }
    }

    private static func expires(_ json: JSONValue, _ id: String) throws(CommandFault) -> Timestamp? {
        guard let expires = json["expires"], expires != .null else { return nil }
        guard case .string(let text) = expires, let time = Timestamp(rfc3339: text) else {
            throw CommandFault(id: id, detail: "'expires' is no time such as 2026-11-20T08:00:00Z")
        }
        return time
    }
}
