/// The MQTT broker and how to speak to it.
public struct BrokerSettings: Hashable, Sendable {
    /// Certificates, as PEM files.
    public struct TLS: Hashable, Sendable {
        /// The authorities to trust; nil for the system's.
        public var authority: String?
        /// This gateway's own certificate and key, for brokers that ask for them.
        public var certificate: String?
        public var key: String?

        public init(authority: String?, certificate: String?, key: String?) {
            self.authority = authority
            self.certificate = certificate
            self.key = key
        }
    }

    public var host: String
    public var port: UInt16
    /// Nil is plain TCP: on loopback, or where the site says `insecure`.
    public var tls: TLS?
    public var username: String?
    public var password: String?
    public var clientID: String
    /// At least 5 s: the library refuses less.
    public var keepAlive: Duration
    /// Messages handed over and not yet acknowledged; the broker may allow fewer.
    public var window: Int
    /// How long the broker keeps the session, and with it the commands, while the gateway is away.
    public var sessionExpiry: Duration

    /// Multipath TCP (RFC 8684): a connection that goes on over another path when one dies, where the broker speaks it
    /// too; else it is plain TCP.
    public var isMultipath: Bool
    /// Who receives usage records: an Ed25519 public key, 64 hexadecimal digits. Nil believes whoever may publish.
    public var receiver: String?

    public init(
        host: String, port: UInt16, tls: TLS?, username: String?, password: String?, clientID: String,
        keepAlive: Duration, window: Int, sessionExpiry: Duration, isMultipath: Bool = false,
        receiver: String? = nil
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.username = username
        self.password = password
        self.clientID = clientID
        self.keepAlive = keepAlive
        self.window = window
        self.sessionExpiry = sessionExpiry
        self.isMultipath = isMultipath
        self.receiver = receiver
    }
}
