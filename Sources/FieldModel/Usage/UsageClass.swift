/// What the kernel's connection mark says of a connection. The class is the minor number of the HTB class that sends it.
///
/// `0x0qpp_kccc`: whether it is a probe's, path number, whether somebody outside opened it, class.
public struct UsageMark: Hashable, Sendable {
    public static let control: UInt16 = 0x10
    public static let telemetry: UInt16 = 0x20
    public static let bulk: UInt16 = 0x30
    public static let firstCamera: UInt16 = 0x100

    /// Place in the plan's list of paths, from 0; nil when the mark is none of ours.
    public var path: Int?
    public var trafficClass: UInt16
    /// The first packet came in: "original" is then down.
    public var cameFromOutside: Bool
    /// The gateway's own probe: one of very many, counted together and not each.
    public var isProbe: Bool

    public init(path: Int, trafficClass: UInt16, cameFromOutside: Bool, isProbe: Bool = false) {
        self.isProbe = isProbe
        self.path = path
        self.trafficClass = trafficClass
        self.cameFromOutside = cameFromOutside
    }

    public init(_ bits: UInt32) {
        let number = Int(bits >> 17 & 0x7F)
        path = number == 0 ? nil : number - 1
        trafficClass = UInt16(truncatingIfNeeded: bits)
        cameFromOutside = bits & 1 << 16 != 0
        isProbe = bits & 1 << 24 != 0
    }

    public var bits: UInt32 {
        (isProbe ? 1 << 24 : 0) | UInt32((path ?? -1) + 1) << 17 | (cameFromOutside ? 1 << 16 : 0)
            | UInt32(trafficClass)
    }
}
