import FieldModel
import JSONText

/// What a path carried that is in no connection's counters, since its own counters began.
package struct OtherTraffic: Hashable, Sendable {
    package var path: String
    /// What is no IP, the link's headers included.
    package var sent: Flow.Count
    package var received: Flow.Count
    /// Bytes without the link's headers.
    package var strays: [StrayTraffic: TrafficCount]
    package var probes: TrafficCount?

    package init(
        path: String, sent: Flow.Count, received: Flow.Count, strays: [StrayTraffic: TrafficCount] = [:],
        probes: TrafficCount? = nil
    ) {
        self.path = path
        self.sent = sent
        self.received = received
        self.strays = strays
        self.probes = probes
    }

    // MARK: As a line has it

    private static let probeName = "probe"

    func write(to json: inout JSONWriter) {
        json.raw("{\"path\":")
        json.string(path)
        json.raw(",\"counts\":")
        Self.write(TrafficCount(sent: sent, received: received), &json)
        json.raw(",\"named\":{")
        var named = strays.map { ($0.key.rawValue, $0.value) }.sorted { $0.0 < $1.0 }
        if let probes { named.append((Self.probeName, probes)) }
        for (place, entry) in named.enumerated() {
            json.unescaped("\(place == 0 ? "" : ",")\"\(entry.0)\":")
            Self.write(entry.1, &json)
        }
        json.raw("}}")
    }

    init?(_ value: JSONValue) {
        guard let path = value.string("path"), let counts = Self.count(value["counts"]) else { return nil }
        self.init(path: path, sent: counts.sent, received: counts.received)
        guard case .object(let members)? = value["named"] else { return }
        for member in members {
            guard let count = Self.count(member.value) else { continue }
            if member.name == Self.probeName { probes = count }
            if let kind = StrayTraffic(rawValue: member.name) { strays[kind] = count }
        }
    }

    private static func write(_ count: TrafficCount, _ json: inout JSONWriter) {
        let numbers = [count.sent.bytes, count.sent.packets, count.received.bytes, count.received.packets]
        json.unescaped("[\(numbers.map { String($0) }.joined(separator: ","))]")
    }

    private static func count(_ value: JSONValue?) -> TrafficCount? {
        guard case .array(let items)? = value, items.count == 4 else { return nil }
        let numbers = items.map { item in
            if case .number(let number) = item, number.digits == 0 {
                UInt64(max(0, number.mantissa))
            } else {
                UInt64(0)
            }
        }
        return TrafficCount(
            sent: Flow.Count(bytes: numbers[0], packets: numbers[1]),
            received: Flow.Count(bytes: numbers[2], packets: numbers[3]))
    }
}
