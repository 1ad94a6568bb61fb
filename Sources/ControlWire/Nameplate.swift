import Crypto
import FieldModel
import JSONText
import Signing

/// What an operator is about to move: shown before arming, signed by the machine's key.
public struct Nameplate: Sendable, Hashable {
    package static let schema = "fg.nameplate/1"

    public var gateway: String
    public var machine: String
    /// What kind of machine: the profile's title.
    public var title: String
    public var serial: String
    public var owner: String
    public var location: String
    public var software: String
    public var configuration: String
    /// The first eight bytes of the profile's hash: what every command frame carries.
    public var profile: UInt64
    public var axes: [String]
    public var buttons: [String]
    /// As the profile says it: `10 km/h`.
    public var topSpeed: String
    public var creepSpeed: String

    public init(
        gateway: String, machine: String, title: String, serial: String, owner: String, location: String,
        software: String, configuration: String, profile: UInt64, axes: [String], buttons: [String],
        topSpeed: String, creepSpeed: String
    ) {
        self.gateway = gateway
        self.machine = machine
        self.title = title
        self.serial = serial
        self.owner = owner
        self.location = location
        self.software = software
        self.configuration = configuration
        self.profile = profile
        self.axes = axes
        self.buttons = buttons
        self.topSpeed = topSpeed
        self.creepSpeed = creepSpeed
    }

    package init(document: [UInt8], machineKey: VerifyingKey) throws(WireFault) {
        let signed = try SignedDocument(document, schema: Self.schema)
        guard signed.isValid(for: machineKey) else {
            throw WireFault("the nameplate is not signed by the machine's key: this may be another machine")
        }
        let content = signed.content
        func texts(_ name: String) -> [String] {
            content.items(name).compactMap { if case .string(let text) = $0 { text } else { nil } }
        }
        gateway = content.text("gateway")
        machine = content.text("machine")
        title = content.text("title")
        serial = content.text("serial")
        owner = content.text("owner")
        location = content.text("location")
        software = content.text("software")
        configuration = content.text("configuration")
        profile = Hex.bytes(content.text("profile"), count: 8)?.reduce(0) { $0 << 8 | UInt64($1) } ?? 0
        axes = texts("axes")
        buttons = texts("buttons")
        topSpeed = content.text("top_speed")
        creepSpeed = content.text("creep_speed")
    }

    package func document(signedBy machine: SigningKey) -> [UInt8] {
        SignedDocument.make(schema: Self.schema, signedBy: machine) { json in
            let texts = [
                ("gateway", gateway), ("machine", self.machine), ("title", title), ("serial", serial),
                ("owner", owner), ("location", location), ("software", software), ("configuration", configuration),
                ("profile", Hex.text(Hex.bigEndian(profile))), ("top_speed", topSpeed),
                ("creep_speed", creepSpeed),
            ]
            for (name, text) in texts { json.field(name, .text(text)) }
            json.list("axes", axes)
            json.list("buttons", buttons)
        }
    }

    package static func hash(_ document: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: document)) }
}
