import FieldModel

/// What a connection brings.
package enum MQTTEvent: Sendable {
    /// A message on a subscribed topic.
    case message(topic: String, payload: [UInt8], retained: Bool)
    /// The broker's acknowledgement; 0x80 and above is a refusal (MQTT 5, 3.4.2.1).
    case acknowledged(token: Int32, code: Int32)
    /// The broker's answer to the subscription; 0x80 and above is a refusal (MQTT 5, 3.9.3).
    case subscribed(code: Int32)
    /// The connection is over.
    case lost(String)
}

/// Collects what libmosquitto's callbacks report: they copy, and return.
///
/// Touched by one thread at a time: the connector's until CONNACK, then the event loop's.
final class MQTTInbox {
    var events: [MQTTEvent] = []
    /// Takes messages in place of the events.
    var handler: ((MQTTMessage) -> Void)?
    /// CONNACK's reason code, once it is there.
    var connectCode: Int32?
    /// What CONNACK allows.
    var receiveMaximum = 65_535
    var maximumPacket = 0
    /// libmosquitto's last complaint, which its return codes do not carry (OpenSSL's words, mostly).
    var complaint: String?
}
