/// What a packet is for, and so who goes first.
public enum TrafficClass: String, Sendable, CaseIterable, Comparable {
    /// Remote control and the probes that judge a path.
    case control
    case telemetry
    /// Video and everything else that fills a link.
    case bulk

    /// What an unprivileged process sets as SO_PRIORITY (socket(7): 0–6 need no capability).
    public var socketPriority: Int32 {
        switch self {
        case .control: 6
        case .telemetry: 2
        case .bulk: 0
        }
    }

    /// SO_PRIORITY of probes that are a connection each: class control, and known as probes. No type of service of a
    /// forwarded packet becomes 5.
    public static let probePriority: Int32 = 5

    private var rank: Int { Self.allCases.firstIndex(of: self)! }

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}
