import CMosquitto
import FieldModel

/// What remote control needs beyond the durable channel.
extension MQTTConnection {
    /// Called with each message in place of an event, within libmosquitto's own reading: for what can't wait.
    package func onMessage(_ handler: @escaping (MQTTMessage) -> Void) { inbox.handler = handler }

    /// As often as it takes, or not at all: retained messages are not sent, and the RETAIN flag stays as it was set.
    package func subscribeLive(to filter: String, quality: Int32) {
        var token: Int32 = 0
        check(fg_mqtt_subscribe_live(handle, &token, filter, quality))
    }

    /// Hands a message over; one of quality 0 that can't go is lost.
    package func send(
        _ payload: UnsafeRawBufferPointer, to topic: String, quality: Int32 = 0, expiry: UInt32? = nil,
        reply: MQTTReply? = nil
    ) {
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if let expiry { Self.add(expiry: expiry, to: &properties) }
        if let reply {
            mosquitto_property_add_string(&properties, Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue), reply.topic)
            Self.add(correlation: reply.correlation, to: &properties)
        }
        var token: Int32 = 0
        check(
            mosquitto_publish_v5(
                handle, &token, topic, Int32(payload.count), payload.baseAddress, quality, false, properties))
    }

    /// Answers: the correlation data without a response topic.
    package func answer(_ payload: [UInt8], _ reply: MQTTReply) {
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        Self.add(expiry: 2, to: &properties)
        Self.add(correlation: reply.correlation, to: &properties)
        var token: Int32 = 0
        check(
            mosquitto_publish_v5(
                handle, &token, reply.topic, Int32(payload.count), payload, 1, false, properties))
    }

    /// In seconds.
    private static func add(expiry: UInt32, to properties: inout OpaquePointer?) {
        mosquitto_property_add_int32(&properties, Int32(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL.rawValue), expiry)
    }

    private static func add(correlation: [UInt8], to properties: inout OpaquePointer?) {
        mosquitto_property_add_binary(
            &properties, Int32(MQTT_PROP_CORRELATION_DATA.rawValue), correlation, UInt16(clamping: correlation.count))
    }
}
