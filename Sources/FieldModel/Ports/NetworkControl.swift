/// Why the kernel's network was not changed.
public enum NetworkFault: Error, Hashable, Sendable {
    /// The privileged helper is not there, or ended.
    case unreachable(String)
    /// It, or the kernel, said no: what was asked and the answer.
    case refused(String)

    /// For people.
    public var words: String {
        switch self {
        case .unreachable(let reason), .refused(let reason): reason
        }
    }
}

/// What the kernel has, and what of the plan is in force.
public struct NetworkState: Hashable, Sendable {
    /// What the plan needs and this kernel lacks, for a person: what is missing and what does not work without it.
    public var missing: [String] = []
    /// Parts of the plan that are not in force, because somebody removed or changed them.
    public var absent: [String] = []

    public init() {}

    public var isInForce: Bool { missing.isEmpty && absent.isEmpty }
}

/// The privileged side of the network. Calls block, two seconds at most.
public protocol NetworkControl: AnyObject {
    /// Puts the whole plan in force, replacing the one before.
    func apply(_ plan: NetworkPlan) throws(NetworkFault) -> NetworkState
    /// Looks whether the plan is still in force.
    func inspect(_ plan: NetworkPlan) throws(NetworkFault) -> NetworkState
    /// Changes one path's shaper, and nothing else.
    func shape(path: String, to rate: BitRate) throws(NetworkFault)
    /// Chooses the way of forwarded traffic, and of everything that chose none.
    func route(bulk: String?, others: String?) throws(NetworkFault)
    /// Authorises a modem's USB device anew: `device` as in /sys/bus/usb/devices, such as 1-1.4.
    func reauthorise(usb device: String) throws(NetworkFault)
    /// Takes everything away again.
    func clear() throws(NetworkFault)
}
