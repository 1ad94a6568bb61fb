/// What the kernel shall do for FieldGate: routes, classes, limits. A value: the privileged helper carries it out.
public struct NetworkPlan: Hashable, Sendable {
    /// One way to the network.
    public struct Path: Hashable, Sendable, Identifiable {
        public var id: String
        /// The network interface, at most 15 bytes.
        public var device: String
        /// The next hop; nil for a point-to-point interface.
        public var gateway: String?
        /// Policy routing table and mark of this path: unique, from `NetworkPlan.firstTable`.
        public var table: Int
        /// The shaper's rate; nil leaves the interface's queue as it is.
        public var rate: BitRate?
        /// What bulk of every kind may take together, where the path has a shaper; nil is all that is left over.
        public var bulk: BitRate?

        public init(
            id: String, device: String, gateway: String?, table: Int, rate: BitRate?, bulk: BitRate? = nil
        ) {
            self.id = id
            self.device = device
            self.gateway = gateway
            self.table = table
            self.rate = rate
            self.bulk = bulk
        }
    }

    /// A camera on the machine's own network, whose traffic is forwarded as bulk.
    public struct Camera: Hashable, Sendable, Identifiable {
        public var id: String
        /// IPv4 address.
        public var address: String
        public var limit: BitRate

        public init(id: String, address: String, limit: BitRate) {
            self.id = id
            self.address = address
            self.limit = limit
        }
    }

    public static let firstTable = 101

    public var paths: [Path]
    public var cameras: [Camera]
    /// The interface the cameras are on.
    public var cameraDevice: String?
    /// The path of forwarded traffic.
    public var bulkPath: String?
    /// The path of everything that chose none: name servers, time servers, maintenance. Nil leaves that to the system.
    public var othersPath: String?
    /// Forwarded packets take the path's own address (many mobile networks route no other).
    public var masquerade: Bool
    /// Connections that speak Multipath TCP may use every path (RFC 8684).
    public var isMultipath: Bool
    /// Bytes, both ways and on all paths together, that may pass from the time this number is put in force; beyond it
    /// bulk is dropped, and control and telemetry pass. The same number applied again goes on where it was. Nil is no
    /// limit.
    public var quota: Int64?

    /// What the site says; a budget is set while the gateway runs.
    public var withoutBudget: NetworkPlan {
        var plan = self
        plan.quota = nil
        for place in plan.paths.indices { plan.paths[place].bulk = nil }
        return plan
    }

    public init(
        paths: [Path], cameras: [Camera] = [], cameraDevice: String? = nil, bulkPath: String? = nil,
        othersPath: String? = nil, masquerade: Bool = true, isMultipath: Bool = false,
        quota: Int64? = nil
    ) {
        self.paths = paths
        self.cameras = cameras
        self.cameraDevice = cameraDevice
        self.bulkPath = bulkPath
        self.othersPath = othersPath
        self.masquerade = masquerade
        self.isMultipath = isMultipath
        self.quota = quota
    }
}
