import CMosquitto

/// A message as libmosquitto hands it over: valid during the call only.
package struct MQTTMessage {
    package let topic: UnsafeBufferPointer<UInt8>
    package let payload: UnsafeRawBufferPointer
    package let retained: Bool
    private let properties: OpaquePointer?

    init?(_ message: mosquitto_message, _ properties: OpaquePointer?) {
        guard let topic = message.topic else { return nil }
        let start = UnsafeRawPointer(topic).assumingMemoryBound(to: UInt8.self)
        self.topic = UnsafeBufferPointer(start: start, count: strlen(topic))
        payload = UnsafeRawBufferPointer(start: message.payload, count: Int(max(0, message.payloadlen)))
        retained = message.retain
        self.properties = properties
    }

    package func isOn(_ topic: [UInt8]) -> Bool {
        self.topic.count == topic.count && self.topic.elementsEqual(topic)
    }

    /// Where the sender wants its answer (MQTT 5, 3.3.2.3.5).
    package var replyTopic: String? {
        var text: UnsafeMutablePointer<CChar>?
        guard mosquitto_property_read_string(properties, Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue), &text, false) != nil,
            let text
        else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    /// What the answer has to carry (MQTT 5, 3.3.2.3.6).
    package var correlation: [UInt8] {
        var bytes: UnsafeMutableRawPointer?
        var count: UInt16 = 0
        guard
            mosquitto_property_read_binary(
                properties, Int32(MQTT_PROP_CORRELATION_DATA.rawValue), &bytes, &count, false) != nil, let bytes
        else { return [] }
        defer { free(bytes) }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    }
}

/// How an answer finds the one who asked.
package struct MQTTReply: Sendable, Hashable {
    package var topic: String
    package var correlation: [UInt8]

    package init(topic: String, correlation: [UInt8]) {
        self.topic = topic
        self.correlation = correlation
    }
}
