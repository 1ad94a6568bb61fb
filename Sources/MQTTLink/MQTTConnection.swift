import CMosquitto
import CSystem
import FieldModel
import Platform

/// One connection to the broker: a fresh libmosquitto handle that lives from CONNACK to the end, on one event loop.
///
/// libmosquitto's own loop and reconnect are not used: with TLS they end silently, and they resend an old Will.
package final class MQTTConnection: EventSource, Publisher {
    let handle: OpaquePointer
    let inbox: MQTTInbox
    private let time: any TimeSource
    private var isOver = false
    private var nextCare: Instant

    /// Messages the broker lets be outstanding.
    package var receiveMaximum: Int { inbox.receiveMaximum }

    init(handle: OpaquePointer, inbox: MQTTInbox, time: any TimeSource) {
        self.handle = handle
        self.inbox = inbox
        self.time = time
        nextCare = time.now()
    }

    deinit {
        mosquitto_destroy(handle)
    }

    // MARK: The event loop

    package var descriptor: Int32 { isOver ? -1 : mosquitto_socket(handle) }

    package var interest: EventInterest { mosquitto_want_write(handle) ? [.read, .write] : .read }

    /// libmosquitto looks after its keep-alive once a second.
    package var deadline: Instant? { isOver ? nil : nextCare }

    package func ready(_ events: EventInterest, at now: Instant) {
        if events.contains(.read) { check(mosquitto_loop_read(handle, 1)) }
        if events.contains(.write), !isOver { check(mosquitto_loop_write(handle, 1)) }
        if now >= nextCare, !isOver {
            nextCare = now + .seconds(1)
            check(mosquitto_loop_misc(handle))
        }
    }

    /// What has come since the last call, in order.
    package func takeEvents() -> [MQTTEvent] {
        defer { inbox.events.removeAll(keepingCapacity: true) }
        return inbox.events
    }

    // MARK: Sending

    package func publish(
        _ payload: UnsafeRawBufferPointer, to topic: String, retain: Bool
    ) throws(PublishFault) -> Int32 {
        if inbox.maximumPacket > 0, payload.count + topic.utf8.count + 16 > inbox.maximumPacket {
            throw .tooLarge(inbox.maximumPacket)
        }
        var token: Int32 = 0
        let status = mosquitto_publish_v5(
            handle, &token, topic, Int32(payload.count), payload.baseAddress, 1, retain, nil)
        switch Int(status) {
        case Int(MOSQ_ERR_SUCCESS.rawValue): return token
        case Int(MOSQ_ERR_PAYLOAD_SIZE.rawValue), Int(MOSQ_ERR_OVERSIZE_PACKET.rawValue):
            throw .tooLarge(inbox.maximumPacket)
        default:
            check(status)
            throw .disconnected(Self.text(status, inbox))
        }
    }

    package func subscribe(to filter: String) {
        var token: Int32 = 0
        check(fg_mqtt_subscribe(handle, &token, filter))
    }

    /// Says good-bye, so that the broker does not send the Will.
    package func disconnect() {
        guard !isOver else { return }
        mosquitto_disconnect(handle)
        mosquitto_loop_write(handle, 1)
        isOver = true
    }

    func check(_ status: Int32) {
        guard status != Int32(MOSQ_ERR_SUCCESS.rawValue), !isOver else { return }
        isOver = true
        inbox.events.append(.lost(Self.text(status, inbox)))
    }

    static func text(_ status: Int32, _ inbox: MQTTInbox) -> String {
        let words =
            status == Int32(MOSQ_ERR_ERRNO.rawValue)
            ? SystemError.text(fg_errno()) : mosquitto_strerror(status).map { String(cString: $0) } ?? "error \(status)"
        // Not every broker says 0x8E to whom it throws out for a second client of the same id.
        let guess =
            status == Int32(MOSQ_ERR_CONN_LOST.rawValue)
            ? "the broker closed it: it has stopped, or another client with this client id has logged in" : nil
        return (inbox.complaint ?? guess).map { "\(words) (\($0))" } ?? words
    }
}
