import CMosquitto
import CSocketChoice
import CSystem
import FieldModel
import Platform

/// Why there is no connection, for a person.
package struct ConnectFault: Error, Hashable, Sendable {
    /// How far it came.
    package enum Stage: Sendable {
        /// The settings themselves: a file, a client id.
        case settings
        /// The broker's name has no address.
        case name
        /// Nobody there takes the connection.
        case reach
        case tls
        /// It is there, and does not want this gateway, or speaks something else.
        case broker
    }

    package var stage: Stage
    package var detail: String
}

/// Makes a connection, up to CONNACK. It blocks, so it runs on a thread of its own.
package struct MQTTConnector: Sendable {
    /// How long the broker may take for each step.
    package static let patience = Duration.seconds(10)

    private let broker: BrokerSettings
    private let will: (topic: String, payload: [UInt8])?
    private let time: any TimeSource
    private let device: String?
    private let style: ConnectionStyle

    /// `device` is the network interface to go out of; nil leaves that to the routing table.
    package init(
        _ broker: BrokerSettings, will: (topic: String, payload: [UInt8])?, time: any TimeSource, device: String? = nil,
        style: ConnectionStyle = .durable
    ) {
        self.style = style
        self.broker = broker
        self.will = will
        self.time = time
        self.device = device
        mosquitto_lib_init()
    }

    /// `isAbandoned` is asked before each step: an attempt that nobody waits for must not reach the broker, where it
    /// would throw out the connection that took its place.
    package func connect(isAbandoned: () -> Bool = { false }) throws(ConnectFault) -> MQTTConnection {
        fg_socket_choice_begin(device, style.trafficClass.socketPriority, broker.isMultipath ? 1 : 0)
        defer { fg_socket_choice_end() }
        try reach()
        guard !isAbandoned() else { throw ConnectFault(stage: .reach, detail: "abandoned") }
        let inbox = MQTTInbox()
        guard
            let handle = mosquitto_new(
                broker.clientID, style.isClean, Unmanaged.passUnretained(inbox).toOpaque())
        else { throw ConnectFault(stage: .settings, detail: "libmosquitto refuses the client id '\(broker.clientID)'") }
        // The connection destroys the handle, whatever happens from here on.
        let connection = MQTTConnection(handle: handle, inbox: inbox, time: time)
        MQTTCallbacks.set(on: handle)
        try configure(handle, inbox)
        try shakeHands(handle, inbox)
        _ = fg_set_socket_option(
            mosquitto_socket(handle), Int32(IPPROTO_TCP), TCP_USER_TIMEOUT,
            Int32(clamping: (style.patience ?? broker.keepAlive).wholeMilliseconds))
        if style.trafficClass == .control { ControlSocket.prefer(mosquitto_socket(handle)) }
        return connection
    }

    private func configure(_ handle: OpaquePointer, _ inbox: MQTTInbox) throws(ConnectFault) {
        try check(fg_mqtt_use_version_5(handle), inbox, "MQTT 5")
        try check(fg_mqtt_no_delay(handle), inbox, "TCP_NODELAY")
        if let will {
            try check(
                mosquitto_will_set(handle, will.topic, Int32(will.payload.count), will.payload, 1, true), inbox,
                "the Will")
        }
        if let username = broker.username {
            try check(mosquitto_username_pw_set(handle, username, broker.password), inbox, "user name and password")
        }
        if let tls = broker.tls {
            let systemAuthorities = tls.authority == nil ? "/etc/ssl/certs" : nil
            try check(
                mosquitto_tls_set(handle, tls.authority, systemAuthorities, tls.certificate, tls.key, nil), inbox,
                "the certificates")
        }
    }

    private func shakeHands(_ handle: OpaquePointer, _ inbox: MQTTInbox) throws(ConnectFault) {
        let properties = fg_mqtt_session_expiry(UInt32(clamping: broker.sessionExpiry.wholeMilliseconds / 1000))
        defer { var list = properties; mosquitto_property_free_all(&list) }
        let keepAlive = Int32(clamping: broker.keepAlive.wholeMilliseconds / 1000)
        try check(
            mosquitto_connect_bind_v5(handle, broker.host, Int32(broker.port), keepAlive, nil, properties), inbox,
            way, greeting)
        let deadline = time.now() + Self.patience
        while inbox.connectCode == nil {
            guard time.now() < deadline else {
                throw ConnectFault(
                    stage: .broker, detail: "\(place) takes the connection, but does not answer as an MQTT broker")
            }
            // With TLS 1.3 a broker that refuses this gateway's certificate just hangs up.
            try check(mosquitto_loop(handle, 100, 1), inbox, way, greeting)
        }
        guard inbox.connectCode == 0 else {
            let code = inbox.connectCode ?? -1
            let words = mosquitto_reason_string(code).map { String(cString: $0) } ?? "reason \(code)"
            throw ConnectFault(stage: .broker, detail: "\(place) refuses this gateway: \(words)")
        }
    }

    private var place: String { "\(broker.host):\(broker.port)" + (device.map { " through \($0)" } ?? "") }
    /// What a connection that ends before CONNACK fails at.
    private var greeting: ConnectFault.Stage { broker.tls == nil ? .broker : .tls }
    private var way: String { broker.tls == nil ? place : "\(place), over TLS" }

    private func check(
        _ status: Int32, _ inbox: MQTTInbox, _ what: String, _ stage: ConnectFault.Stage = .settings
    ) throws(ConnectFault) {
        guard status != Int32(MOSQ_ERR_SUCCESS.rawValue), inbox.connectCode == nil || inbox.connectCode == 0 else {
            return
        }
        throw ConnectFault(stage: stage, detail: "\(what): \(MQTTConnection.text(status, inbox))")
    }

    /// libmosquitto's connect has no limit of its own, so the way is tried first with one.
    private func reach() throws(ConnectFault) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(broker.host, String(broker.port), &hints, &list)
        guard status == 0, let first = list else {
            throw ConnectFault(
                stage: .name,
                detail: "the name '\(broker.host)' cannot be resolved: \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(first) }
        var reason: Int32 = ETIMEDOUT
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let address = next {
            reason = Self.tryConnect(address.pointee)
            if reason == 0 { return }
            next = address.pointee.ai_next
        }
        throw ConnectFault(stage: .reach, detail: "\(place): \(SystemError.text(reason))")
    }

    private static func tryConnect(_ address: addrinfo) -> Int32 {
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { return fg_errno() }
        defer { close(descriptor) }
        _ = fg_set_nonblocking(descriptor)
        if CSystem.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return 0 }
        guard fg_errno() == EINPROGRESS else { return fg_errno() }
        var watch = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&watch, 1, Int32(patience.wholeMilliseconds)) > 0 else { return ETIMEDOUT }
        return -fg_socket_error(descriptor)
    }
}

/// libmosquitto's callbacks. Each gets the inbox as its context, which outlives the handle.
private enum MQTTCallbacks {
    static func set(on handle: OpaquePointer) {
        mosquitto_connect_v5_callback_set(handle) { _, context, code, _, properties in
            guard let inbox = MQTTCallbacks.inbox(context) else { return }
            inbox.connectCode = code
            inbox.receiveMaximum = Int(fg_mqtt_receive_maximum(properties))
            inbox.maximumPacket = Int(fg_mqtt_maximum_packet(properties))
        }
        mosquitto_publish_v5_callback_set(handle) { _, context, token, code, _ in
            MQTTCallbacks.inbox(context)?.events.append(.acknowledged(token: token, code: code))
        }
        mosquitto_subscribe_v5_callback_set(handle) { _, context, _, count, granted, _ in
            guard count > 0, let granted else { return }
            MQTTCallbacks.inbox(context)?.events.append(.subscribed(code: granted[0]))
        }
        mosquitto_message_v5_callback_set(handle) { _, context, message, properties in
            guard let inbox = MQTTCallbacks.inbox(context), let message = message?.pointee,
                let topic = message.topic
            else { return }
            if let handler = inbox.handler {
                if let message = MQTTMessage(message, properties) { handler(message) }
                return
            }
            let payload = UnsafeRawBufferPointer(start: message.payload, count: Int(max(0, message.payloadlen)))
            inbox.events.append(
                .message(topic: String(cString: topic), payload: Array(payload), retained: message.retain))
        }
        mosquitto_disconnect_v5_callback_set(handle) { _, context, code, _ in
            // Session taken over (MQTT 5, 3.14.2.1).
            guard code == 0x8E else { return }
            MQTTCallbacks.inbox(context)?.complaint =
                "another client has logged in with this client id: give each its own"
        }
        mosquitto_log_callback_set(handle) { _, context, level, text in
            guard level == MOSQ_LOG_ERR, let text else { return }
            MQTTCallbacks.inbox(context)?.complaint = String(cString: text)
        }
    }

    private static func inbox(_ context: UnsafeMutableRawPointer?) -> MQTTInbox? {
        context.map { Unmanaged<MQTTInbox>.fromOpaque($0).takeUnretainedValue() }
    }
}
